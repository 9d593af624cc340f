namespace Mesh.Http2.Buffers;

/// <summary>The free segments of one event loop. Only that loop's thread may call it.</summary>
public sealed class SegmentPool
{
    /// <summary>4 MiB stay with the loop after a burst; what is beyond that goes back to the collector.</summary>
    private const int MostKept = 256;

    /// <summary>Slices are small; as many as the queues of a busy loop hold at once.</summary>
    private const int MostSlicesKept = 4096;

    private Segment? _free;
    private int _freeCount;
    private Segment? _freeSlices;
    private int _freeSliceCount;

    /// <summary>How many segments are in use. Zero when every connection is idle: a leak check reads it.</summary>
    public int InUse { get; private set; }

    /// <summary>What the loop's sockets are read into, and whose bytes queues may share.</summary>
    internal ReadBlocks Reads { get; } = new();

    internal Segment Rent()
    {
        InUse++;
        var segment = _free;
        if (segment is null)
        {
            segment = new Segment(Segment.Size);
        }
        else
        {
            _free = segment.Next;
            _freeCount--;
            segment.Next = null;
        }

        segment.Holders = 1;
        return segment;
    }

    /// <summary>Bytes of a segment that is in use, without copying them.</summary>
    internal Segment Slice(Segment memory, int start, int end)
    {
        InUse++;
        var slice = _freeSlices;
        if (slice is null)
        {
            slice = new Segment();
        }
        else
        {
            _freeSlices = slice.Next;
            _freeSliceCount--;
            slice.Next = null;
        }

        slice.Array = memory.Array;
        slice.Memory = memory;
        slice.Start = start;
        slice.End = end;
        memory.Holders++;
        return slice;
    }

    internal void Return(Segment segment)
    {
        InUse--;
        var memory = segment.Memory;
        if (!ReferenceEquals(memory, segment))
        {
            Keep(segment);
        }

        if (--memory.Holders > 0)
        {
            return;
        }

        if (memory.Array.Length == ReadBlocks.Size)
        {
            Reads.Return(memory);
        }
        else if (_freeCount < MostKept)
        {
            memory.Start = memory.End = 0;
            memory.Next = _free;
            _free = memory;
            _freeCount++;
        }
    }

    private void Keep(Segment slice)
    {
        if (_freeSliceCount == MostSlicesKept)
        {
            return;
        }

        // It may lie here for long: not with another's memory.
        slice.Memory = slice;
        slice.Array = [];
        slice.Next = _freeSlices;
        _freeSlices = slice;
        _freeSliceCount++;
    }
}
