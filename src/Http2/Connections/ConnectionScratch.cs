using Mesh.Http2.Buffers;
using Mesh.Http2.Hpack;
using Mesh.Http2.Http1;
using Mesh.Http2.Streams;

namespace Mesh.Http2.Connections;

/// <summary>
/// What the connections of one loop share, so that an idle one holds nothing: the pool of streams, of header lists and
/// the buffers in which blocks are encoded and decoded.
/// </summary>
/// <param name="segments">The loop's.</param>
/// <param name="upkeep">The loop's.</param>
internal sealed class ConnectionScratch(SegmentPool segments, Upkeep upkeep)
{
    /// <summary>Objects of each kind that an idle loop keeps.</summary>
    private const int Floor = 64;

    private readonly Pool<Http2Stream> _streams = new(() => new Http2Stream(segments), Floor, upkeep);
    private readonly Pool<HeaderList> _lists = new(static () => new HeaderList(), Floor, upkeep);
    private readonly Pool<ByteBuffer> _buffers = new(static () => new ByteBuffer(), Floor, upkeep);
    private readonly Pool<Http1Stream> _http1Streams = new(static () => new Http1Stream(), Floor, upkeep);
    private readonly Queue<MessageStream> _closed = new();

    /// <summary>Where header blocks are decoded.</summary>
    public BlockMemo Blocks { get; } = new(upkeep);

    /// <summary>The block being encoded.</summary>
    public ByteBuffer Encoded { get; } = new();

    /// <summary>Streams in use. Zero when nothing is under way.</summary>
    public int StreamsInUse => _streams.InUse + _http1Streams.InUse;

    /// <summary>Lists and buffers in use: parts of heads and blocks whose rest has not come.</summary>
    public int PartsInUse => _lists.InUse + _buffers.InUse;

    public Http2Stream RentStream() => _streams.Rent();

    public Http1Stream RentHttp1Stream() => _http1Streams.Rent();

    /// <summary>To be given back at the end of the turn: until then somebody further up the stack may still hold it.</summary>
    public void Retire(MessageStream stream) => _closed.Enqueue(stream);

    public HeaderList RentList() => _lists.Rent();

    public void Return(HeaderList list)
    {
        list.Clear();
        list.Trim();
        _lists.Return(list);
    }

    public ByteBuffer RentBuffer() => _buffers.Rent();

    public void Return(ByteBuffer buffer)
    {
        buffer.Clear();
        buffer.Trim();
        _buffers.Return(buffer);
    }

    public void EndTurn()
    {
        // A handler's last call may close further streams.
        while (_closed.TryDequeue(out var stream))
        {
            try
            {
                stream.Handler?.OnClosed(stream);
            }
            finally
            {
                Recycle(stream);
            }
        }

        Blocks.Trim();
        Encoded.Trim();
    }

    private void Recycle(MessageStream stream)
    {
        if (stream is Http2Stream http2)
        {
            http2.Clear();
            _streams.Return(http2);
        }
        else
        {
            var http1 = (Http1Stream)stream;
            http1.Clear();
            _http1Streams.Return(http1);
        }
    }
}
