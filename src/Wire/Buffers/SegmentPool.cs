namespace Mesh.Wire.Buffers;

/// <summary>
/// The free segments of one event loop, and its eye on the memory of the process. Only that loop's thread may call it, apart from
/// what is marked.
/// </summary>
/// <param name="upkeep">The loop's; null for a pool that lives no longer than a burst.</param>
public sealed class SegmentPool(Upkeep? upkeep = null) : Upkept(upkeep)
{
    /// <summary>See <see cref="Budget"/>.</summary>
    public const long DefaultBudget = 32 * 1024 * 1024;

    /// <summary>16 segments, 256 KiB, and as many small slices as go with them, stay with an idle loop.</summary>
    private const int Floor = 16;

    private const int SliceFloor = 256;

    /// <summary>What the loop has needed more, or allocated, since it last looked at the memory of the process has to be so much to look again.</summary>
    private const int LookStep = 256 * 1024;

    private readonly SegmentStore _store = new(Segment.Size, Floor, upkeep);
    private readonly Pool<Segment> _slices = new(static () => new Segment(), SliceFloor, upkeep);
    private long _budget = DefaultBudget;
    private long _lookAt = LookStep;
    private long _allocated;

    /// <summary>How many segments are in use. Zero when every connection is idle: a leak check reads it.</summary>
    public int InUse => _store.InUse + _slices.InUse;

    /// <summary>Bytes of memory that queues hold, in whole segments and blocks.</summary>
    public long BytesInUse => _store.BytesInUse + Reads.BytesInUse;

    /// <summary>Bytes of the heap that are kept for queues and not used. Any thread.</summary>
    internal long BytesIdle => _store.BytesTaken + Reads.BytesTaken - BytesInUse;

    /// <summary>What the loop's sockets are read into, and whose bytes queues may share.</summary>
    internal ReadBlocks Reads { get; } = new(upkeep);

    /// <summary>
    /// Bytes that queues may hold before peers are lent less (<see cref="IsTight"/>); default 32 MiB: 128 streams of the default
    /// window that nobody reads, and more than a busy loop holds whose peers read.
    /// </summary>
    public long Budget
    {
        get => _budget;
        set
        {
            _budget = value;
            _lookAt = 0;
        }
    }

    /// <summary>The memory of the process. Set before the loop starts.</summary>
    public MemoryBudget Memory
    {
        get;
        set
        {
            field = value;
            value.Add(this);
        }
    } = MemoryBudget.Unlimited;

    /// <summary>
    /// Queues hold more than the budget, or the process is short of memory, or that was so not long ago. It ends with a period at
    /// whose end there is memory, and queues hold less than a quarter of the budget.
    /// </summary>
    public bool IsTight { get; private set; }

    /// <summary>Lets go of what is kept for queues and not used, for the collector.</summary>
    public void ReleaseIdle()
    {
        _store.ReleaseIdle();
        Reads.ReleaseIdle();
    }

    internal override bool IsKeeping => IsTight;

    internal override void EndPeriod() => IsTight &= BytesInUse >= Budget / 4 || Memory.Pressure != MemoryPressure.None;

    /// <summary>A turn begins. While memory is short it is looked at in each, so that who waits for it does not wait for longer.</summary>
    internal void OnTurn()
    {
        if (Memory.Pressure != MemoryPressure.None
            || BytesInUse < _lookAt - (2 * LookStep)
            || GC.GetAllocatedBytesForCurrentThread() - _allocated >= LookStep)
        {
            Look();
        }
    }

    internal override bool GiveBack(int most, ref int garbage) => false;

    internal Segment Rent()
    {
        if (BytesInUse >= _lookAt)
        {
            Look();
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

    private void Look()
    {
        var inUse = BytesInUse;
        _allocated = GC.GetAllocatedBytesForCurrentThread();
        if (Memory.Look() != MemoryPressure.None || inUse >= Budget)
        {
            BeTight();
        }

        _lookAt = IsTight ? inUse + LookStep : Math.Min(inUse + LookStep, Budget);
    }

    private void BeTight()
    {
        if (!IsTight)
        {
            IsTight = true;
            OnKept();
        }
    }
}
