namespace Mesh.Wire.Buffers;

/// <summary>
/// Segments with memory of their own that nobody uses. Those of a burst stay for a period; then their pages go back to the
/// system, while the segments themselves, which are small without them, stay: what the collector need not free it need not
/// stop anybody for. Only the loop's thread may call it.
/// </summary>
/// <param name="size">Of each, in bytes.</param>
/// <param name="floor">So many keep their pages for good.</param>
/// <param name="upkeep">The loop's.</param>
internal sealed class SegmentStore(int size, int floor, Upkeep? upkeep) : Upkept(upkeep)
{
    /// <summary>Memory is taken in pieces of so many bytes, in which segments begin where pages do.</summary>
    private const int SlabSize = 256 * 1024;

    private Need _need = new(floor);
    private Segment? _warm;
    private int _warmCount;

    /// <summary>Those without pages.</summary>
    private Segment? _cold;
    private int _surplus;
    private byte[] _slab = [];
    private int _slabUsed;
    private long _taken;

    /// <summary>In use.</summary>
    public int InUse => _need.InUse;

    /// <summary>Bytes of memory in use.</summary>
    public long BytesInUse => (long)_need.InUse * size;

    /// <summary>Bytes taken from the collector's heap, in use or not.</summary>
    public long BytesTaken => _taken;

    internal override bool IsKeeping => _need.IsExceededBy(_warmCount);

    public Segment Rent()
    {
        _need.OnRented();
        var segment = _warm;
        if (segment is not null)
        {
            _warm = segment.Next;
            _warmCount--;
        }
        else if ((segment = _cold) is not null)
        {
            _cold = segment.Next;
        }
        else
        {
            segment = New();
        }

        segment.Next = null;
        segment.Holders = 1;
        return segment;
    }

    public void Return(Segment segment)
    {
        _need.OnReturned();
        segment.Start = segment.End = segment.First;
        segment.Next = _warm;
        _warm = segment;
        _warmCount++;
        OnKept();
    }

    internal override void EndPeriod() => _surplus = _need.EndPeriod(_warmCount);

    internal override bool GiveBack(int most, ref int garbage)
    {
        for (var i = 0; i < most && _surplus > 0; i++)
        {
            if (_warm is not { } segment)
            {
                _surplus = 0; // they are needed again
                break;
            }

            _surplus--;
            _warm = segment.Next;
            _warmCount--;
            Pages.Drop(segment.Array, segment.First, size);
            segment.Next = _cold;
            _cold = segment;
        }

        return _surplus > 0;
    }

    /// <summary>
    /// Lets go of the memory of which no segment is in use, for the collector: other objects need the place. Any other time it is left, see
    /// above.
    /// </summary>
    public void ReleaseIdle()
    {
        var idle = new Dictionary<byte[], int>();
        Count(_warm, idle);
        Count(_cold, idle);
        idle.Remove(_slab); // of which more are to come
        _warm = WithoutWhole(_warm, idle, out _warmCount);
        _cold = WithoutWhole(_cold, idle, out _);
        _taken -= idle.Where(slab => IsWhole(slab.Value)).Sum(slab => (long)slab.Key.Length);
    }

    private static void Count(Segment? first, Dictionary<byte[], int> slabs)
    {
        for (var segment = first; segment is not null; segment = segment.Next)
        {
            slabs[segment.Array] = slabs.GetValueOrDefault(segment.Array) + 1;
        }
    }

    private Segment? WithoutWhole(Segment? first, Dictionary<byte[], int> slabs, out int count)
    {
        Segment? kept = null;
        count = 0;
        for (var segment = first; segment is not null;)
        {
            var next = segment.Next;
            if (!IsWhole(slabs.GetValueOrDefault(segment.Array)))
            {
                segment.Next = kept;
                kept = segment;
                count++;
            }

            segment = next;
        }

        return kept;
    }

    private bool IsWhole(int segments) => segments == SlabSize / size;

    private Segment New()
    {
        if (_slab.Length - _slabUsed < size)
        {
            // Pinned for good, so that handing it to the kernel costs nothing per call.
            _slab = GC.AllocateUninitializedArray<byte>(SlabSize + Pages.Size, pinned: true);
            _slabUsed = Pages.Align(_slab, 0);
            _taken += _slab.Length;
        }

        var segment = new Segment(_slab, _slabUsed, size);
        _slabUsed += size;
        return segment;
    }
}
