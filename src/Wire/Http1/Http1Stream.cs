using Mesh.Wire.Http2.Frames;
using Mesh.Wire.Http2.Hpack;
using Mesh.Wire.Streams;

namespace Mesh.Wire.Http1;

/// <summary>
/// A <see cref="MessageStream"/> of HTTP/1.1: the one request that its connection carries at present, and its response. Its flow
/// control is TCP's: a connection whose bytes nobody takes is not read.
/// </summary>
internal sealed class Http1Stream : MessageStream
{
    private Http1Connection _connection = null!;

    /// <inheritdoc/>
    public override Http1Connection Connection => _connection;

    /// <inheritdoc/>
    public override string Version => Request.MinorVersion == 0 ? "1.0" : "1.1";

    /// <inheritdoc/>
    public override int PendingBytes => Owed;

    /// <summary>What the request's head says.</summary>
    public MessageFacts Request;

    /// <summary>How what we send is framed.</summary>
    public BodyFraming Framing { get; set; }

    /// <summary>Bytes that our content-length still promises.</summary>
    public long Promised { get; set; }

    /// <summary>Our final head is in the output.</summary>
    public bool HasHead { get; set; }

    /// <summary>A 100 of ours is in the output: the caller need not wait with its body any more.</summary>
    public bool HasContinue { get; set; }

    /// <summary>Bytes written while the output was full, of which the handler has not been told that they are on their way.</summary>
    public int Owed { get; set; }

    /// <summary>Our message ends with the bytes that are owed.</summary>
    public bool EndsWithOwed { get; set; }

    /// <summary>Received, and not yet returned by the handler.</summary>
    public int Unreturned { get; set; }

    /// <summary>Bytes of the peer's body so far.</summary>
    public long Received { get; set; }

    /// <summary>Where its head begins in all that the connection has written.</summary>
    public long FirstByte { get; set; }

    /// <summary>Both directions carry bytes that are no longer HTTP's.</summary>
    public bool IsTunnel { get; set; }

    /// <inheritdoc/>
    public override void WriteHeaders(HeaderList headers, bool endStream)
    {
        if (!IsClosed && !LocalEnded && !HasHead)
        {
            Connection.WriteHead(this, headers, endStream);
        }
    }

    /// <inheritdoc/>
    public override int Write(ReadOnlySpan<byte> data, bool endStream) =>
        IsClosed || LocalEnded || EndsWithOwed ? data.Length : Connection.Sender.Write(this, data, endStream);

    /// <inheritdoc/>
    public override void WriteTrailers(HeaderList trailers)
    {
        if (!IsClosed && !LocalEnded && !EndsWithOwed)
        {
            Connection.Sender.WriteTrailers(this, trailers);
        }
    }

    /// <inheritdoc/>
    public override void Reset(ErrorCode code)
    {
        if (!IsClosed && !(LocalEnded && RemoteEnded))
        {
            Connection.Reset(this);
        }
    }

    /// <inheritdoc/>
    public override void Report(ProtocolViolation violation) => Connection.Count(violation);

    /// <inheritdoc/>
    public override void StopPeerWhenDone()
    {
        if (!IsClosed)
        {
            Connection.StopPeerWhenDone(this);
        }
    }

    /// <inheritdoc/>
    public override void ReturnCredit(int bytes)
    {
        if (!IsClosed)
        {
            Connection.Receiver.ReturnCredit(this, bytes);
        }
    }

    public void Open(Http1Connection connection, int id, in MessageFacts request)
    {
        _connection = connection;
        Id = id;
        Request = request;
    }

    /// <summary>Back to as new, for the pool.</summary>
    internal override void Clear()
    {
        base.Clear();
        _connection = null!;
        HasHead = HasContinue = EndsWithOwed = IsTunnel = false;
        Request = default;
        Framing = BodyFraming.None;
        Promised = Received = 0;
        Owed = Unreturned = 0;
    }
}
