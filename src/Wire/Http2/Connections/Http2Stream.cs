using Mesh.Wire.Buffers;
using Mesh.Wire.Http2.Frames;
using Mesh.Wire.Http2.Hpack;
using Mesh.Wire.Streams;

namespace Mesh.Wire.Http2.Connections;

/// <summary>
/// A <see cref="MessageStream"/> of HTTP/2. Its flow control is the windows of RFC 9113 section 5.2.
/// </summary>
/// <remarks>
/// The states of RFC 9113 section 5.1 are the two flags: open is neither, half-closed is one, closed is both or a reset.
/// Idle and reserved streams have no object.
/// </remarks>
public sealed class Http2Stream : MessageStream
{
    internal Http2Stream(SegmentPool segments) => Pending = new ByteQueue(segments);

    private Http2Connection _connection = null!;

    /// <inheritdoc/>
    public override Http2Connection Connection => _connection;

    /// <inheritdoc/>
    public override string Version => "2";

    /// <summary>Bytes written that wait for the peer's window or for room in the connection's output.</summary>
    public override int PendingBytes => Pending.Length;

    internal ByteQueue Pending { get; }

    /// <summary>END_STREAM goes with the last pending byte.</summary>
    internal bool EndPending { get; set; }

    /// <summary>Trailers go after the last pending byte.</summary>
    internal HeaderList? TrailersPending { get; set; }

    /// <summary>RST_STREAM(NO_ERROR) goes after END_STREAM (RFC 9113 section 8.1).</summary>
    internal bool StopPeerAfterEnd { get; set; }

    /// <summary>A head of ours is in the output, at <see cref="FirstByte"/> of all that the connection has written.</summary>
    internal bool HasBegun { get; set; }

    internal long FirstByte { get; set; }

    /// <summary>May be negative (RFC 9113 section 6.9.2).</summary>
    internal long SendWindow { get; set; }

    /// <summary>How long what waits has waited; a field, since its methods change it.</summary>
    internal Stall Stall = new();

    /// <summary>What the peer may still send.</summary>
    internal int ReceiveWindow { get; set; }

    /// <summary>By how much its window has shrunk since it began.</summary>
    internal int Shrunk { get; set; }

    /// <summary>Received, and not yet returned by the handler.</summary>
    internal int Unreturned { get; set; }

    /// <summary>Returned by the handler, and not yet told to the peer.</summary>
    internal int Unannounced { get; set; }

    /// <summary>Client role: the final response head is in; what comes now is body or trailers.</summary>
    internal bool HeadReceived { get; set; }

    /// <summary>Client role: the request is a HEAD, whose response has no body whatever it says.</summary>
    internal bool IsHead { get; set; }

    /// <summary>What content-length promised; -1 if nothing.</summary>
    internal long ContentLength { get; set; }

    internal long BodyReceived { get; set; }

    /// <inheritdoc/>
    public override void WriteHeaders(HeaderList headers, bool endStream) => Connection.Sender.WriteHeaders(this, headers, endStream);

    /// <inheritdoc/>
    public override int Write(ReadOnlySpan<byte> data, bool endStream) => Connection.Sender.WriteData(this, data, endStream);

    /// <inheritdoc/>
    public override void WriteTrailers(HeaderList trailers) => Connection.Sender.WriteTrailers(this, trailers);

    /// <inheritdoc/>
    public override void Reset(ErrorCode code) => Connection.Streams.Reset(this, code);

    /// <inheritdoc/>
    public override void Report(ProtocolViolation violation) => Connection.Count(violation);

    /// <inheritdoc/>
    public override void StopPeerWhenDone() => Connection.Sender.StopPeerWhenDone(this);

    /// <inheritdoc/>
    public override void ReturnCredit(int bytes) => Connection.Receiver.Windows.ReturnCredit(this, bytes);

    internal void Open(Http2Connection connection, int id, long sendWindow, int receiveWindow)
    {
        _connection = connection;
        Id = id;
        SendWindow = sendWindow;
        ReceiveWindow = receiveWindow;
        ContentLength = -1;
    }

    /// <summary>Back to as new, for the pool.</summary>
    internal override void Clear()
    {
        _connection = null!;
        Handler = null!;
        RemoteEnded = LocalEnded = IsClosed = false;
        EndPending = StopPeerAfterEnd = HeadReceived = IsHead = false;
        HasBegun = false;
        TrailersPending = null;
        Unreturned = Unannounced = Shrunk = 0;
        BodyReceived = 0;
        Stall.End();
    }
}
