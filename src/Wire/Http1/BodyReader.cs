using Mesh.Wire.Http2.Hpack;
using Mesh.Wire.Streams;

namespace Mesh.Wire.Http1;

/// <summary>
/// Cuts what follows a head into pieces of the message's content (RFC 9112 sections 6 and 7). Copies nothing but the trailers. One for
/// each connection, begun anew with each message.
/// </summary>
/// <param name="scratch">The loop's.</param>
/// <param name="limits">Of the trailers.</param>
internal sealed class BodyReader(ConnectionScratch scratch, Http1Limits limits)
{
    private readonly TrailerReader _trailers = new(scratch, limits);
    private ChunkReader _chunks;
    private BodyFraming _framing;
    private long _left;

    /// <summary>The rule that was broken; null while none is. After one the connection must end.</summary>
    public Http1Fault? Fault { get; private set; }

    /// <summary>The message has a body, and it has not ended.</summary>
    public bool IsWithin => _framing != BodyFraming.None;

    /// <summary>The head of a message has come; its body begins.</summary>
    public void Begin(in MessageFacts facts)
    {
        _framing = facts.HasBody ? facts.Framing : BodyFraming.None;
        _left = facts.Length;
        _chunks = new ChunkReader();
    }

    /// <summary>Reads on.</summary>
    /// <param name="bytes">What came, from where the last call has stopped.</param>
    /// <param name="trailers">Gets the trailers when the body has ended, and is empty if there are none.</param>
    /// <param name="consumed">How many bytes belong to this body. What follows its end is the next message's.</param>
    /// <param name="data">A piece of content, which lies in <paramref name="bytes"/>; may be empty.</param>
    /// <returns>
    /// <see cref="ReadResult.NeedMore"/>: call again with what is left, if anything is, or has come. <see cref="ReadResult.Done"/>: the body
    /// has ended, with this piece if there is one; at once, with nothing consumed, where there is none.
    /// </returns>
    public ReadResult Read(ReadOnlySpan<byte> bytes, HeaderList trailers, out int consumed, out ReadOnlySpan<byte> data)
    {
        consumed = 0;
        data = default;
        if (Fault is not null)
        {
            return ReadResult.Fault;
        }

        switch (_framing)
        {
            case BodyFraming.Length:
                consumed = (int)Math.Min(_left, bytes.Length);
                _left -= consumed;
                data = bytes[..consumed];
                return _left == 0 ? End(trailers) : ReadResult.NeedMore;
            case BodyFraming.UntilClose:
                consumed = bytes.Length;
                data = bytes;
                return ReadResult.NeedMore;
            case BodyFraming.Chunked:
                return ReadChunks(bytes, trailers, ref consumed, out data);
            default:
                return End(trailers);
        }
    }

    /// <summary>The peer sends nothing more. True if the message is whole, which one that ends so is; false if it is cut short.</summary>
    public bool OnEndOfStream()
    {
        var isWhole = _framing is BodyFraming.None or BodyFraming.UntilClose;
        Release();
        return isWhole;
    }

    /// <summary>Gives back what it holds, and forgets the body under way.</summary>
    public void Release()
    {
        _framing = BodyFraming.None;
        _trailers.Release();
    }

    private ReadResult ReadChunks(ReadOnlySpan<byte> bytes, HeaderList trailers, scoped ref int consumed, out ReadOnlySpan<byte> data)
    {
        data = default;
        if (!_chunks.AreOver)
        {
            if (_chunks.Read(bytes, ref consumed, out data) is { } fault)
            {
                return Fail(fault);
            }

            if (!_chunks.AreOver)
            {
                return ReadResult.NeedMore;
            }
        }

        switch (_trailers.Read(bytes, trailers, ref consumed))
        {
            case ReadResult.NeedMore:
                return ReadResult.NeedMore;
            case ReadResult.Fault:
                return Fail(_trailers.Fault!);
            default:
                _framing = BodyFraming.None;
                return ReadResult.Done;
        }
    }

    private ReadResult End(HeaderList trailers)
    {
        trailers.Clear();
        _framing = BodyFraming.None;
        return ReadResult.Done;
    }

    private ReadResult Fail(Http1Fault fault)
    {
        Release();
        Fault = fault;
        return ReadResult.Fault;
    }
}
