namespace Mesh.Http2.Buffers;

/// <summary>The free segments of one event loop. Only that loop's thread may call it.</summary>
public sealed class SegmentPool
{
    /// <summary>4 MiB stay with the loop after a burst; what is beyond that goes back to the collector.</summary>
    private const int MostKept = 256;

    private Segment? _free;
    private int _freeCount;

    /// <summary>How many segments are in use. Zero when every connection is idle: a leak check reads it.</summary>
    public int InUse { get; private set; }

    internal Segment Rent()
    {
        InUse++;
        var segment = _free;
        if (segment is null)
        {
            return new Segment();
        }

        _free = segment.Next;
        _freeCount--;
        segment.Next = null;
        return segment;
    }

    internal void Return(Segment segment)
    {
        InUse--;
        if (_freeCount == MostKept)
        {
            return;
        }

        segment.Start = segment.End = 0;
        segment.Next = _free;
        _free = segment;
        _freeCount++;
    }
}
