namespace Mesh.Http2.Buffers;

/// <summary>The free segments of one event loop. Only that loop's thread may call it.</summary>
/// <param name="upkeep">The loop's; null for a pool that lives no longer than a burst.</param>
public sealed class SegmentPool(Upkeep? upkeep = null) : Upkept(upkeep)
{
    /// <summary>See <see cref="Budget"/>.</summary>
    public const long DefaultBudget = 32 * 1024 * 1024;

    /// <summary>16 segments, 256 KiB, and as many small slices as go with them, stay with an idle loop.</summary>
    private const int Floor = 16;

    private const int SliceFloor = 256;

    private readonly SegmentStore _store = new(Segment.Size, Floor, upkeep);
    private readonly Pool<Segment> _slices = new(static () => new Segment(), SliceFloor, upkeep);

    /// <summary>How many segments are in use. Zero when every connection is idle: a leak check reads it.</summary>
    public int InUse => _store.InUse + _slices.InUse;

    /// <summary>Bytes of memory that queues hold, in whole segments and blocks.</summary>
    public long BytesInUse => _store.BytesInUse + Reads.BytesInUse;

    /// <summary>What the loop's sockets are read into, and whose bytes queues may share.</summary>
    internal ReadBlocks Reads { get; } = new(upkeep);

    /// <summary>
    /// Bytes that queues may hold before peers are lent less (<see cref="IsTight"/>); default 32 MiB: 128 streams of the default
    /// window that nobody reads, and more than a busy loop holds whose peers read.
    /// </summary>
    public long Budget { get; set; } = DefaultBudget;

    /// <summary>Queues hold more than the budget, or did not long ago. It ends with a period at whose end they hold less than a quarter of it.</summary>
    public bool IsTight { get; private set; }

    internal override bool IsKeeping => IsTight;

    internal override void EndPeriod() => IsTight &= BytesInUse >= Budget / 4;

    internal override bool GiveBack(int most, ref int garbage) => false;

    internal Segment Rent()
    {
        if (!IsTight && BytesInUse >= Budget)
        {
            IsTight = true;
            OnKept();
        }

        return _store.Rent();
    }

    /// <summary>Bytes of a segment that is in use, without copying them.</summary>
    internal Segment Slice(Segment memory, int start, int end)
    {
        var slice = _slices.Rent();
        slice.Array = memory.Array;
        slice.Limit = memory.Limit;
        slice.Memory = memory;
        slice.Start = start;
        slice.End = end;
        memory.Holders++;
        return slice;
    }

    internal void Return(Segment segment)
    {
        var memory = segment.Memory;
        if (!ReferenceEquals(memory, segment))
        {
            // It may lie here for long: not with another's memory.
            segment.Memory = segment;
            segment.Array = [];
            segment.Next = null;
            _slices.Return(segment);
        }

        if (--memory.Holders > 0)
        {
            return;
        }

        if (memory.Limit - memory.First == ReadBlocks.Size)
        {
            Reads.Return(memory);
        }
        else
        {
            _store.Return(memory);
        }
    }
}
