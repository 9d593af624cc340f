using Mesh.Http2.Buffers;
using Mesh.Http2.Hpack;
using Mesh.Http2.Streams;

namespace Mesh.Http2.Connections;

/// <summary>
/// What the connections of one loop share, so that an idle one holds nothing: the pool of streams, of header lists and
/// the buffers in which blocks are encoded and decoded.
/// </summary>
internal sealed class ConnectionScratch
{
    /// <summary>Objects kept for reuse; beyond it they go to the collector.</summary>
    private const int MostKept = 4096;

    private readonly Stack<Http2Stream> _streams = new();
    private readonly Stack<HeaderList> _lists = new();
    private readonly Stack<ByteBuffer> _buffers = new();
    private readonly Queue<Http2Stream> _closed = new();

    /// <summary>Where header blocks are decoded.</summary>
    public BlockMemo Blocks { get; } = new();

    /// <summary>The block being encoded.</summary>
    public ByteBuffer Encoded { get; } = new();

    /// <summary>Streams in use. Zero when nothing is under way.</summary>
    public int StreamsInUse { get; private set; }

    public Http2Stream RentStream(SegmentPool segments)
    {
        StreamsInUse++;
        return _streams.TryPop(out var stream) ? stream : new Http2Stream(segments);
    }

    /// <summary>To be given back at the end of the turn: until then somebody further up the stack may still hold it.</summary>
    public void Retire(Http2Stream stream) => _closed.Enqueue(stream);

    public HeaderList RentList() => _lists.TryPop(out var list) ? list : new HeaderList();

    public void Return(HeaderList list)
    {
        list.Clear();
        list.Trim();
        if (_lists.Count < MostKept)
        {
            _lists.Push(list);
        }
    }

    public ByteBuffer RentBuffer() => _buffers.TryPop(out var buffer) ? buffer : new ByteBuffer();

    public void Return(ByteBuffer buffer)
    {
        buffer.Clear();
        buffer.Trim();
        if (_buffers.Count < MostKept)
        {
            _buffers.Push(buffer);
        }
    }

    public void EndTurn()
    {
        // A handler's last call may close further streams.
        while (_closed.TryDequeue(out var stream))
        {
            StreamsInUse--;
            try
            {
                stream.Handler?.OnClosed(stream);
            }
            finally
            {
                stream.Clear();
                if (_streams.Count < MostKept)
                {
                    _streams.Push(stream);
                }
            }
        }

        Blocks.Trim();
        Encoded.Trim();
    }
}
