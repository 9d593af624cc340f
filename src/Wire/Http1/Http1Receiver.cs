using Mesh.Wire.Buffers;
using Mesh.Wire.Http2.Hpack;
using Mesh.Wire.Streams;
using Mesh.Wire.Transport;

namespace Mesh.Wire.Http1;

/// <summary>
/// The receiving half of a connection of HTTP/1.1: cuts what comes into heads, bodies and a tunnel's bytes, and reads no faster than
/// these are taken. Heads are its connection's to read.
/// </summary>
internal sealed class Http1Receiver(Http1Connection connection, Channel channel, WireOptions options)
{
    /// <summary>
    /// So much of a body that nobody wants is read, so that the connection can be used again: what may be under way to us from a peer that
    /// does not know yet. One that has sent its request whole would send the next into a connection that ends without a word.
    /// </summary>
    private const int MostDropped = 8 * 1024 * 1024;

    /// <summary>A stream's window while the loop holds more than its budget; as over HTTP/2.</summary>
    private const int TightWindow = 16 * 1024;

    private readonly BodyReader _body = new(channel.Loop.Scratch, Http1Limits.Of(options));

    /// <summary>What came before its turn. While there is any, nothing more is read.</summary>
    private readonly ByteQueue _early = new(channel.Loop.Segments);
    private bool _isPausedForCredit;
    private bool _isPausedForTurn;
    private long _dropped;

    /// <summary>What comes next is a body, or the rest of one; not a head.</summary>
    public bool IsInBody { get; private set; }

    /// <summary>Something waits for its turn.</summary>
    public bool HasEarly => _early.Length > 0;

    /// <summary>What the peer may send of a body before anybody has taken it.</summary>
    private int Window => channel.Loop.Segments.IsTight ? Math.Min(TightWindow, options.StreamWindow) : options.StreamWindow;

    /// <summary>Takes what came, as far as it is its turn; the rest waits here, and what follows with the peer.</summary>
    public void OnBytes(ReadOnlySpan<byte> bytes)
    {
        var taken = HasEarly ? 0 : Consume(bytes);
        if (taken < bytes.Length && !connection.IsDead)
        {
            _early.Append(bytes[taken..]);
            _isPausedForTurn = true;
            channel.PauseReading();
        }
    }

    /// <summary>Takes what has waited, as far as it is its turn now.</summary>
    public void TakeEarly()
    {
        while (HasEarly && !connection.IsDead)
        {
            var taken = Consume(_early.First);
            if (taken == 0)
            {
                return;
            }

            _early.Consume(taken);
        }

        if (_isPausedForTurn)
        {
            _isPausedForTurn = false;
            Resume();
        }
    }

    /// <summary>A message's head has come.</summary>
    public void BeginBody(in MessageFacts facts)
    {
        _body.Begin(facts);
        IsInBody = facts.HasBody;
        _dropped = 0;
    }

    /// <summary>The rest of a body is for nobody.</summary>
    public void DropBody(Http1Stream stream)
    {
        stream.EndRemote();
        ReadOn(); // a peer that reads nothing before it has sent all would wait for ever
    }

    /// <summary>Nobody holds bytes of this stream any more.</summary>
    public void ReadOn()
    {
        _isPausedForCredit = false;
        Resume();
    }

    /// <summary>See <see cref="Streams.MessageStream.ReturnCredit"/>.</summary>
    public void ReturnCredit(Http1Stream stream, int bytes)
    {
        stream.Unreturned -= bytes;
        if (_isPausedForCredit && stream.Unreturned <= Window / 2)
        {
            ReadOn();
        }
    }

    /// <summary>The peer's body ends with the peer's direction.</summary>
    /// <returns>Whether it is whole by that.</returns>
    public bool EndBody()
    {
        IsInBody = false;
        if (!_body.OnEndOfStream())
        {
            return false;
        }

        if (connection.Current is { RemoteEnded: false } stream)
        {
            Deliver(stream, default, end: true);
        }

        return true;
    }

    /// <summary>The peer sends no more through the tunnel; what we send still goes.</summary>
    public void EndTunnel(Http1Stream tunnel) => Deliver(tunnel, default, end: true);

    /// <summary>Gives back what it holds.</summary>
    public void Release()
    {
        _body.Release();
        _early.Clear();
    }

    /// <summary>One piece after the other, until there is no more or the rest must wait.</summary>
    /// <returns>How many bytes it has taken.</returns>
    private int Consume(ReadOnlySpan<byte> bytes)
    {
        var taken = 0;
        while (taken < bytes.Length && !connection.IsDead)
        {
            var rest = bytes[taken..];
            var n = IsInBody ? TakeBody(rest) : TakeOther(rest);
            if (n == 0)
            {
                break;
            }

            taken += n;
        }

        return taken;
    }

    private int TakeOther(ReadOnlySpan<byte> bytes)
    {
        if (connection.Current is not { IsTunnel: true, RemoteEnded: false } tunnel)
        {
            return connection.TakeHead(bytes);
        }

        Deliver(tunnel, bytes, end: false);
        return bytes.Length;
    }

    private int TakeBody(ReadOnlySpan<byte> bytes)
    {
        var scratch = channel.Loop.Scratch;
        var trailers = scratch.RentList();
        var result = _body.Read(bytes, trailers, out var consumed, out var data);
        if (connection.Current is not { RemoteEnded: false } stream)
        {
            consumed = Drop(bytes.Length, result, consumed);
        }
        else if (result == ReadResult.Fault)
        {
            connection.Fail(_body.Fault!);
            consumed = bytes.Length;
        }
        else
        {
            IsInBody = result != ReadResult.Done;
            Deliver(stream, data, trailers);
        }

        scratch.Return(trailers);
        return consumed;
    }

    /// <summary>Goes on behind a body that nobody wants, if its end is near and can be found.</summary>
    private int Drop(int all, ReadResult result, int consumed)
    {
        _dropped += consumed;
        IsInBody = result != ReadResult.Done;
        if (result == ReadResult.Fault || (IsInBody && _dropped > MostDropped))
        {
            connection.OnEndless();
            return all;
        }

        return consumed;
    }

    private void Deliver(Http1Stream stream, ReadOnlySpan<byte> data, HeaderList trailers)
    {
        if (IsInBody || trailers.Count == 0)
        {
            if (!IsInBody || !data.IsEmpty)
            {
                Deliver(stream, data, end: !IsInBody);
            }

            return;
        }

        if (!data.IsEmpty)
        {
            Deliver(stream, data, end: false);
        }

        if (stream is { IsClosed: false, RemoteEnded: false })
        {
            stream.EndRemote();
            stream.Handler.OnTrailers(stream, trailers);
            connection.OnEnded(stream);
        }
    }

    private void Deliver(Http1Stream stream, ReadOnlySpan<byte> data, bool end)
    {
        stream.Received += data.Length;
        stream.Unreturned += data.Length;
        stream.EndRemote(end);
        stream.Handler.OnData(stream, data, end);
        if (stream.IsClosed)
        {
            return;
        }

        if (stream is { RemoteEnded: false } && stream.Unreturned >= Window && !_isPausedForCredit)
        {
            _isPausedForCredit = true;
            channel.PauseReading();
        }

        connection.OnEnded(stream);
    }

    private void Resume()
    {
        if (!_isPausedForCredit && !_isPausedForTurn && !connection.IsDead)
        {
            channel.ResumeReading();
        }
    }
}
