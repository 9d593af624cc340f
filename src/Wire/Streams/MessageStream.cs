using Mesh.Wire.Buffers;
using Mesh.Wire.Http2.Frames;
using Mesh.Wire.Http2.Hpack;

namespace Mesh.Wire.Streams;

/// <summary>
/// One request and its response, in whichever protocol: heads are lists with the pseudo-header fields of HTTP/2, bodies come
/// in pieces, and each direction ends by itself. Pooled by the loop; handlers hold it until <see cref="IStreamHandler.OnClosed"/>.
/// Calls on a stream that has ended in the meantime do nothing. Only the loop's thread may call it.
/// </summary>
public abstract class MessageStream : LinkedQueueItem<MessageStream>
{
    /// <summary>The connection it is on.</summary>
    public abstract MessageConnection Connection { get; }

    /// <summary>What a handler may expect of it: that of its connection.</summary>
    public virtual Protocol Protocol => Connection.Protocol;

    /// <summary>Of the protocol, as people write it: "2", "1.1", "1.0".</summary>
    public abstract string Version { get; }

    /// <summary>Its number on its connection: HTTP/2's identifier, or which request of a connection of HTTP/1.1 it is.</summary>
    public int Id { get; internal set; }

    /// <summary>Who is told; the server role sets it in <see cref="IConnectionHandler.OnRequest"/>.</summary>
    public IStreamHandler Handler { get; set; } = null!;

    /// <summary>The peer is done: its message has ended.</summary>
    public bool RemoteEnded { get; private set; }

    /// <summary>We are done: the end of our message is in the output.</summary>
    public bool LocalEnded { get; private set; }

    /// <summary>Nothing more can be sent or received.</summary>
    public bool IsClosed { get; private set; }

    /// <summary>Bytes written that wait for the peer to take them, and of which <see cref="IStreamHandler.OnSent"/> will tell.</summary>
    public abstract int PendingBytes { get; }

    /// <summary>What these wait for.</summary>
    public virtual StreamWait WaitsFor => PendingBytes == 0 ? StreamWait.None : StreamWait.Output;

    /// <summary>
    /// Since when the peer has not taken any of these that is worth counting (16 KiB), in the loop's time; the largest value if none wait, or nobody knows.
    /// </summary>
    public virtual long WaitingSince => long.MaxValue;

    /// <summary>Sends a head: the request's, a 1xx, or the response's.</summary>
    public abstract void WriteHeaders(HeaderList headers, bool endStream);

    /// <summary>Sends body bytes, and keeps (copied) what the peer does not take yet.</summary>
    /// <returns>How many went on their way at once; <see cref="IStreamHandler.OnSent"/> tells of the rest.</returns>
    public abstract int Write(ReadOnlySpan<byte> data, bool endStream);

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
    public abstract void WriteTrailers(HeaderList trailers);

    /// <summary>Cuts the stream off and forgets what waits.</summary>
    public abstract void Reset(ErrorCode code);

    /// <summary>Counts what only the handler can judge.</summary>
    public abstract void Report(ProtocolViolation violation);

    /// <summary>Once all we have written is out, tells the peer to stop sending: the answer does not depend on more.</summary>
    public abstract void StopPeerWhenDone();

    /// <summary>Lets the peer send so many bytes more: those of <see cref="IStreamHandler.OnData"/> that have found a place.</summary>
    public abstract void ReturnCredit(int bytes);

    /// <summary>The peer's message has come to its end.</summary>
    /// <param name="ended">Whether it has, where that is not known beforehand.</param>
    internal void EndRemote(bool ended = true) => RemoteEnded |= ended;

    /// <summary>The end of our message has gone into the output.</summary>
    /// <param name="ended">The same.</param>
    internal void EndLocal(bool ended = true) => LocalEnded |= ended;

    /// <summary>Both directions have ended, or it was cut off.</summary>
    internal void Close() => IsClosed = true;

    /// <summary>Makes it fit for another message; a connection's streams are pooled by their loop.</summary>
    internal virtual void Clear()
    {
        Handler = null!;
        RemoteEnded = LocalEnded = IsClosed = false;
    }
}
