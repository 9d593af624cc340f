using System.Net;
using Mesh.Wire.Http2.Frames;
using Mesh.Wire.Http2.Hpack;
using Mesh.Wire.Transport;

namespace Mesh.Wire.Streams;

/// <summary>
/// One connection, as server or as client, in whichever protocol: its streams, and its life from the first byte to the last.
/// Whatever the peer does ends in a call of a handler; nothing throws. Only the loop's thread may call it.
/// </summary>
public abstract class MessageConnection
{
    private protected MessageConnection(Channel channel, bool isClient, IConnectionHandler handler)
    {
        Channel = channel;
        IsClient = isClient;
        Handler = handler;
    }

    /// <summary>What it speaks.</summary>
    public abstract Protocol Protocol { get; }

    /// <summary>The role.</summary>
    public bool IsClient { get; }

    /// <summary>The other side; null where there is no network between.</summary>
    public IPEndPoint? Remote => Channel.Remote;

    /// <summary>Who the other side has proven to be; null where it speaks in clear.</summary>
    public SpiffeId? PeerIdentity => Channel.PeerIdentity;

    /// <summary>The loop that owns it.</summary>
    public EventLoop Loop => Channel.Loop;

    /// <summary>Streams under way.</summary>
    public abstract int OpenStreams { get; }

    /// <summary>Nothing goes over it any more.</summary>
    public bool IsDead { get; internal set; }

    /// <summary>It can carry streams: connected, and whatever the protocol begins with is done.</summary>
    public bool IsReady => WasReady && !IsDead;

    /// <summary>The transport is there; the peer may still be silent.</summary>
    public abstract bool IsConnected { get; }

    /// <summary>It was ready once, whatever has become of it.</summary>
    public abstract bool WasReady { get; }

    /// <summary>Client role: the peer has said that it goes away; the streams there are may finish.</summary>
    public abstract bool PeerGoesAway { get; }

    /// <summary>Client role: how many streams the peer takes at once.</summary>
    public abstract long MaxStreams { get; }

    /// <summary>Client role: whether another stream can be opened now.</summary>
    public abstract bool CanOpen { get; }

    /// <summary>Another connection serves a new stream better.</summary>
    public abstract bool IsStalled { get; }

    /// <summary>Bytes of the peer's that wait for somebody further on to take them.</summary>
    public abstract long HeldBytes { get; }

    /// <summary>Client role: it will never open another stream.</summary>
    public abstract bool IsUsedUp { get; }

    /// <summary>A stream has come to an end on it other than that the peer had not looked at it.</summary>
    public abstract bool HasServed { get; }

    /// <summary>Bytes that wait for the peer to read.</summary>
    public abstract int OutputLength { get; }

    /// <summary>Why it failed, for people; null if it has not.</summary>
    public string? Failure { get; internal set; }

    /// <summary>Client role: what the peer has turned out to speak, where that is not <see cref="Protocol"/>; null if it has not.</summary>
    public Protocol? OtherProtocol { get; internal set; }

    /// <summary>Client role: the peer has taken it, and closed it before it said anything, as some do who do not speak <see cref="Protocol"/>.</summary>
    public bool IsClosedUnheard { get; private protected set; }

    /// <summary>It did not come about for want of a file descriptor: the peer was not asked.</summary>
    public bool IsOutOfDescriptors { get; private protected set; }

    internal IConnectionHandler Handler { get; }

    /// <summary>What carries its bytes.</summary>
    private protected Channel Channel { get; }

    internal long Now => Channel.Loop.Now;

    /// <summary>Client role: opens a stream and sends the request's head. Only if <see cref="CanOpen"/>.</summary>
    public abstract MessageStream Open(HeaderList headers, bool endStream, IStreamHandler handler);

    /// <summary>Looks at each stream under way; it changes none.</summary>
    public abstract void ForEachStream<TState>(Action<MessageStream, TState> look, TState state);

    /// <summary>Ends it in good order: no new streams, those under way finish, then it closes.</summary>
    public abstract void GoAway();

    /// <summary>
    /// Server role: says with the next answer that the connection ends with it, where nothing else tells a peer to send no more; one
    /// that waits for a request goes on waiting.
    /// </summary>
    public virtual void SayClose()
    {
    }

    /// <summary>
    /// Ends at once: open streams are told that the connection is closed or, if it never came about, that it failed. Then there is
    /// nobody to whom last words could be said, and the handler is told before this returns.
    /// </summary>
    /// <param name="code">Told to the peer, where the protocol has a way.</param>
    /// <param name="why">Becomes <see cref="Failure"/>.</param>
    public abstract void Abort(ErrorCode code, string why);
}
