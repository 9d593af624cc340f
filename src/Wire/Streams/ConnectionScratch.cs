using Mesh.Wire.Buffers;
using Mesh.Wire.Http2.Blocks;
using Mesh.Wire.Http2.Hpack;
using Mesh.Wire.Transport;

namespace Mesh.Wire.Streams;

/// <summary>
/// What the connections of one loop share, so that an idle one holds nothing: the pool of streams, of header lists and
/// the buffers in which blocks are encoded and decoded.
/// </summary>
/// <param name="segments">The loop's.</param>
/// <param name="upkeep">The loop's.</param>
internal sealed class ConnectionScratch(SegmentPool segments, Upkeep upkeep) : LoopShare
{
    /// <summary>Objects of each kind that an idle loop keeps.</summary>
    private const int Floor = 64;

    private readonly Pool<HeaderList> _lists = new(static () => new HeaderList(), Floor, upkeep);
    private readonly Pool<ByteBuffer> _buffers = new(static () => new ByteBuffer(), Floor, upkeep);
    private readonly Pool<MessageStream>?[] _streams = new Pool<MessageStream>?[2];
    private readonly Queue<MessageStream> _closed = new();

    /// <summary>Where header blocks are decoded.</summary>
    public BlockMemo Blocks { get; } = new(upkeep);

    /// <summary>The block being encoded.</summary>
    public ByteBuffer Encoded { get; } = new();

    /// <summary>Streams in use. Zero when nothing is under way.</summary>
    public int StreamsInUse => (_streams[0]?.InUse ?? 0) + (_streams[1]?.InUse ?? 0);

    /// <summary>Lists and buffers in use: parts of heads and blocks whose rest has not come.</summary>
    public int PartsInUse => _lists.InUse + _buffers.InUse;

    /// <param name="protocol">Of its connection.</param>
    /// <param name="make">Makes one where none is left from before.</param>
    public MessageStream RentStream(Protocol protocol, Func<SegmentPool, MessageStream> make) =>
        (_streams[(int)protocol] ?? AddStreams(protocol, make)).Rent();

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

    public override void EndTurn()
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

    private Pool<MessageStream> AddStreams(Protocol protocol, Func<SegmentPool, MessageStream> make) =>
        _streams[(int)protocol] = new Pool<MessageStream>(() => make(segments), Floor, upkeep);

    private void Recycle(MessageStream stream)
    {
        var pool = _streams[(int)stream.Protocol]!; // before it forgets its connection
        stream.Clear();
        pool.Return(stream);
    }
}
