using System.Net;
using Mesh.Wire.Buffers;

namespace Mesh.Wire.Transport;

/// <summary>What became of a write.</summary>
public enum WriteResult
{
    /// <summary>All of it is with the kernel.</summary>
    Done,

    /// <summary>The peer takes no more at present; the handler is asked to flush when it does.</summary>
    Blocked,

    /// <summary>The channel is dead; <see cref="IChannelHandler.OnClosed"/> follows, or has been.</summary>
    Failed,
}

/// <summary>
/// One connection's pipe of bytes, owned by one event loop: the seam between the engine and the operating system. Its
/// inhabitants are the epoll loop, .NET's sockets and an in-memory pair. Only the loop's thread may call it.
/// </summary>
public abstract class Channel(EventLoop loop)
{
    /// <summary>How often a silent peer is asked before it is given up: one packet may be lost.</summary>
    private protected const int KeepAliveQuestions = 2;

    private bool _flushRequested;

    /// <summary>The loop it lives on.</summary>
    public EventLoop Loop { get; } = loop;

    /// <summary>Who is told; set when the channel is made, and replaced where the first bytes decide on the protocol.</summary>
    public IChannelHandler Handler { get; set; } = null!;

    /// <summary>The other side; null where there is no network between.</summary>
    public abstract IPEndPoint? Remote { get; }

    /// <summary>Our own side; null where there is no network between, or the channel is closed.</summary>
    public virtual IPEndPoint? Local => null;

    /// <summary>Who the other side has proven to be; null where it has not.</summary>
    public virtual SpiffeId? PeerIdentity => null;

    /// <summary>Why it has ended, for people, where <see cref="ChannelEnd"/> does not say all; null otherwise.</summary>
    public virtual string? Failure => null;

    /// <summary>It is gone, by whichever side: it takes no descriptor any more.</summary>
    public abstract bool IsClosed { get; }

    /// <summary>Writes what it can of a queue and takes that off it.</summary>
    public abstract WriteResult Write(ByteQueue output);

    /// <summary>
    /// Says that no more will be written; what was written is still delivered. Bytes still come in, until the peer closes as
    /// well, of which the handler is told. Again, or on a channel that is closed, it does nothing.
    /// </summary>
    public abstract void ShutdownWrite();

    /// <summary>Ends it at once, without another word to the handler. What was written is still delivered.</summary>
    public abstract void Close();

    /// <summary>
    /// The same, so that the peer is told of a reset and not of an orderly end: of a message that ends where the channel does it would
    /// take the part for the whole. What was written and is not delivered is lost.
    /// </summary>
    public virtual void Cut() => Close();

    /// <summary>Reads nothing more until <see cref="ResumeReading"/>: the peer's bytes wait in the system, and then with the peer.</summary>
    public abstract void PauseReading();

    /// <summary>Reads again, from the next turn on.</summary>
    public abstract void ResumeReading();

    /// <summary>
    /// Has the system end the channel when the peer's has acknowledged nothing of what was sent for so long (RFC 5482), or has its window
    /// closed for so long: only for protocols whose peers always read. Does nothing where that cannot be had.
    /// </summary>
    public virtual void LimitUnacknowledged(TimeSpan limit)
    {
    }

    /// <summary>
    /// Has the system ask the peer's whether it is there when nothing has come for so long, twice, and end the channel when it has not
    /// answered for as long again as given (keepalive of RFC 9293 section 3.8.4), in whole seconds. For protocols that cannot ask themselves.
    /// </summary>
    public virtual void AskWhenSilent(TimeSpan silence, TimeSpan answer)
    {
    }

    /// <summary>
    /// Whether what was sent was sent again, or the peer's closed window asked after, and its system has not said a word for so long. A
    /// peer that answers and takes nothing is not meant. Never true where that is not to be learnt.
    /// </summary>
    public virtual bool IsUnacknowledgedFor(TimeSpan limit) => false;

    /// <summary>Has the handler asked to write at the end of this turn; once, however often it is called.</summary>
    public void RequestFlush()
    {
        if (!_flushRequested)
        {
            _flushRequested = true;
            Loop.AddFlush(this);
        }
    }

    /// <summary>As the system takes them, which knows no less than one.</summary>
    private protected static int Seconds(TimeSpan time) => (int)Math.Clamp(time.TotalSeconds, 1, short.MaxValue);

    internal void Flush()
    {
        _flushRequested = false;
        Handler.OnFlush();
    }
}
