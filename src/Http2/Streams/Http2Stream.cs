using Mesh.Http2.Buffers;
using Mesh.Http2.Connections;
using Mesh.Http2.Frames;
using Mesh.Http2.Hpack;

namespace Mesh.Http2.Streams;

/// <summary>
/// One request and its response. Pooled by the loop; handlers hold it until <see cref="IStreamHandler.OnClosed"/>. Calls on
/// a stream that has ended in the meantime do nothing. Only the loop's thread may call it.
/// </summary>
/// <remarks>
/// The states of RFC 9113 section 5.1 are the two flags: open is neither, half-closed is one, closed is both or a reset.
/// Idle and reserved streams have no object.
/// </remarks>
public sealed class Http2Stream : LinkedQueueItem<Http2Stream>
{
    internal Http2Stream(SegmentPool segments) => Pending = new ByteQueue(segments);

    /// <summary>The connection it is on.</summary>
    public Http2Connection Connection { get; internal set; } = null!;

    /// <summary>Odd, since nobody pushes.</summary>
    public int Id { get; internal set; }

    /// <summary>Who is told; the server role sets it in <see cref="IConnectionHandler.OnRequest"/>.</summary>
    public IStreamHandler Handler { get; set; } = null!;

    /// <summary>The peer is done: END_STREAM was received.</summary>
    public bool RemoteEnded { get; internal set; }

    /// <summary>We are done: END_STREAM is in the output.</summary>
    public bool LocalEnded { get; internal set; }

    /// <summary>Nothing more can be sent or received.</summary>
    public bool IsClosed { get; internal set; }

    /// <summary>Bytes written that wait for the peer's window or for room in the connection's output.</summary>
    public int PendingBytes => Pending.Length;

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

    /// <summary>Sends a head: the request's, a 1xx, or the response's.</summary>
    public void WriteHeaders(HeaderList headers, bool endStream) => Connection.Sender.WriteHeaders(this, headers, endStream);

    /// <summary>Sends body bytes, and keeps (copied) what the peer does not take yet.</summary>
    /// <returns>How many went on their way at once; <see cref="IStreamHandler.OnSent"/> tells of the rest.</returns>
    public int Write(ReadOnlySpan<byte> data, bool endStream) => Connection.Sender.WriteData(this, data, endStream);

    /// <summary>The same for bytes that lie in a queue; they stay there.</summary>
    public int Write(ByteQueue data, bool endStream)
    {
        if (data.Length == 0)
        {
            return Write(default(ReadOnlySpan<byte>), endStream);
        }

        var sent = 0;
        for (var segment = data.Head; segment is not null; segment = segment.Next)
        {
            sent += Write(segment.Written, endStream && segment.Next is null);
        }

        return sent;
    }

    /// <summary>Sends trailers after the bytes written so far, and ends our direction.</summary>
    public void WriteTrailers(HeaderList trailers) => Connection.Sender.WriteTrailers(this, trailers);

    /// <summary>Cuts the stream off and forgets what waits.</summary>
    public void Reset(ErrorCode code) => Connection.Streams.Reset(this, code);

    /// <summary>Counts what only the handler can judge.</summary>
    public void Report(ProtocolViolation violation) => Connection.Count(violation);

    /// <summary>Once all we have written is out, tells the peer to stop sending: the answer does not depend on more.</summary>
    public void StopPeerWhenDone() => Connection.Sender.StopPeerWhenDone(this);

    /// <summary>Lets the peer send so many bytes more: those of <see cref="IStreamHandler.OnData"/> that have found a place.</summary>
    public void ReturnCredit(int bytes) => Connection.Receiver.Windows.ReturnCredit(this, bytes);

    internal void Open(Http2Connection connection, int id, long sendWindow, int receiveWindow)
    {
        Connection = connection;
        Id = id;
        SendWindow = sendWindow;
        ReceiveWindow = receiveWindow;
        ContentLength = -1;
    }

    /// <summary>Back to as new, for the pool.</summary>
    internal void Clear()
    {
        Connection = null!;
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
