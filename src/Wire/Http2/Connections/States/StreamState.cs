using Mesh.Wire.Buffers;
using Mesh.Wire.Http2.Connections.Guarding;
using Mesh.Wire.Http2.Hpack;
using Mesh.Wire.Streams;

namespace Mesh.Wire.Http2.Connections.States;

/// <summary>
/// All that a connection knows of one stream: how far either direction has come, what waits to be sent, and the windows. It alone
/// changes its flags, each by the event that the flag tells of.
/// </summary>
/// <remarks>
/// The states of RFC 9113 section 5.1 are two of the flags: open is neither ended, half-closed is one, closed is both or a reset.
/// Idle and reserved streams have no object.
/// </remarks>
internal abstract class StreamState(SegmentPool segments) : MessageStream
{
    /// <summary>What the peer takes of us; may be negative.</summary>
    public Window SendWindow;

    /// <summary>What the peer may still send; may be negative.</summary>
    public Window ReceiveWindow;

    /// <summary>How long what waits has waited.</summary>
    public Stall Stall = new();

    private long _contentLength;
    private long _bodyReceived;

    /// <summary>Whose it is now.</summary>
    private protected MessageConnection Owner { get; private set; } = null!;

    /// <inheritdoc/>
    public sealed override int PendingBytes => Pending.Length;

    /// <summary>Written, and waiting for the peer's window or for room in the connection's output.</summary>
    public ByteQueue Pending { get; } = new(segments);

    /// <summary>END_STREAM goes with the last pending byte, or with trailers after it.</summary>
    public bool EndPending { get; private set; }

    /// <summary>Trailers go after the last pending byte.</summary>
    public HeaderList? TrailersPending { get; private set; }

    /// <summary>RST_STREAM(NO_ERROR) goes after END_STREAM (RFC 9113 section 8.1).</summary>
    public bool StopsPeerAfterEnd { get; private set; }

    /// <summary>A head of ours is in the output, at <see cref="FirstByte"/> of all that the connection has written.</summary>
    public bool HasBegun { get; private set; }

    public long FirstByte { get; private set; }

    /// <summary>Client role: the final response head is in; what comes now is body or trailers.</summary>
    public bool HeadReceived { get; private set; }

    /// <summary>Client role: the request is a HEAD, whose response has no body whatever it says.</summary>
    public bool IsHead { get; private set; }

    /// <summary>By how much its window has shrunk since it began.</summary>
    public int Shrunk { get; set; }

    /// <summary>Received, and not yet returned by the handler.</summary>
    public int Unreturned { get; set; }

    /// <summary>Returned by the handler, and not yet told to the peer.</summary>
    public int Unannounced { get; set; }

    /// <summary>Both directions have ended.</summary>
    public bool HasEnded => LocalEnded && RemoteEnded;

    /// <summary>The body is as long as content-length says, or nothing was said.</summary>
    public bool HasWholeBody => _contentLength < 0 || _bodyReceived == _contentLength;

    /// <summary>Something of it could go if the connection let it.</summary>
    public bool HasSomethingToSend => Pending.Length > 0 ? SendWindow.IsOpen : EndPending;

    /// <summary>It begins.</summary>
    public void Open(MessageConnection connection, int id, int sendWindow, int receiveWindow)
    {
        Owner = connection;
        Id = id;
        SendWindow = new Window(sendWindow);
        ReceiveWindow = new Window(receiveWindow);
        _contentLength = -1;
    }

    /// <summary>Client role: the request asks for a head alone.</summary>
    public void AsksForHead() => IsHead = true;

    /// <summary>A head of ours goes into the output. Interim ones come before the final one: the first counts.</summary>
    /// <param name="at">Where, in all that the connection has written.</param>
    public void Begin(long at)
    {
        if (!HasBegun)
        {
            HasBegun = true;
            FirstByte = at;
        }
    }

    /// <summary>Our message ends after what is pending.</summary>
    public void EndAfterPending(HeaderList? trailers)
    {
        EndPending = true;
        TrailersPending = trailers;
    }

    /// <summary>Nothing is pending any more, neither bytes nor an end.</summary>
    /// <returns>The trailers that were; to be given back.</returns>
    public HeaderList? EndPendingNow()
    {
        var trailers = TrailersPending;
        EndPending = false;
        TrailersPending = null;
        return trailers;
    }

    /// <summary>What the peer sends beyond our end is not wanted.</summary>
    public void StopPeerAfterEnd() => StopsPeerAfterEnd = true;

    /// <summary>The peer's head is in, the request's or the final one of the response.</summary>
    /// <param name="contentLength">What it promises; -1 if nothing.</param>
    /// <param name="endStream">It is the whole message.</param>
    public void OnHead(long contentLength, bool endStream)
    {
        HeadReceived = true;
        _contentLength = contentLength;
        if (endStream)
        {
            EndRemote();
        }
    }

    /// <summary>Bytes of the peer's body come.</summary>
    /// <returns>Whether content-length allows them (RFC 9113 section 8.1.1).</returns>
    public bool TryAddBody(int bytes, bool last)
    {
        _bodyReceived += bytes;
        return _contentLength < 0 || (last ? _bodyReceived == _contentLength : _bodyReceived <= _contentLength);
    }

    /// <summary>Back to as new, for the pool.</summary>
    internal override void Clear()
    {
        base.Clear();
        Owner = null!;
        EndPending = StopsPeerAfterEnd = HeadReceived = IsHead = HasBegun = false;
        TrailersPending = null;
        Unreturned = Unannounced = Shrunk = 0;
        _bodyReceived = 0;
        Stall.End();
    }
}
