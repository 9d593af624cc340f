namespace Mesh.Wire.Buffers;

/// <summary>
/// What the collector's heap of a process may hold, and how much of it is needed now. A heap that meets its limit throws wherever
/// something is allocated, which nobody can be ready for everywhere: so less is taken on before. Any thread.
/// </summary>
/// <param name="limit">In bytes.</param>
/// <param name="heap">Bytes in the heap, what the loops keep for reuse and garbage included.</param>
public sealed class MemoryBudget(long limit, Func<long> heap)
{
    /// <summary>In percent of the limit; see <see cref="MemoryPressure"/>.</summary>
    private const int ShrinkAt = 70;
    private const int RefuseAt = 80;
    private const int SpentAt = 90;

    /// <summary>So much less than a step's threshold ends it: a process on the threshold would otherwise change its mind with each call.</summary>
    private const int Hysteresis = 5;

    private readonly Lock _gate = new();
    private volatile SegmentPool[] _pools = [];
    private long _used;
    private long _refused;
    private long _ended;
    private volatile MemoryPressure _pressure;
    private volatile MemoryPressure _worst;
    private volatile bool _isFull;

    /// <summary>Of a process whose memory is nobody's business, such as a test's.</summary>
    public static MemoryBudget Unlimited { get; } = new(long.MaxValue, static () => 0);

    /// <summary>In bytes.</summary>
    public long Limit => limit;

    /// <summary>Needed when it was last looked at, in bytes.</summary>
    public long Used => Volatile.Read(ref _used);

    /// <summary>As of the last look. One read of memory: it may be asked for with every call.</summary>
    public MemoryPressure Pressure => _pressure;

    /// <summary>
    /// With what loops keep for reuse, and garbage, the heap is as full as it should get: that has to go before something else can have
    /// its place.
    /// </summary>
    public bool IsFull => _isFull;

    /// <summary>Calls that were not taken on so far.</summary>
    public long Refused => Volatile.Read(ref _refused);

    /// <summary>Calls that have ended since more of them would have had to be held.</summary>
    public long Ended => Volatile.Read(ref _ended);

    /// <summary>The pressure has changed, or <see cref="IsFull"/>; on whatever thread has looked.</summary>
    public Action? Changed { get; set; }

    /// <summary>
    /// Looks again. It takes less than a microsecond, so that loops do it for every 256 KiB that they have needed, and others when they
    /// take something on.
    /// </summary>
    /// <returns>The pressure now.</returns>
    public MemoryPressure Look()
    {
        if (limit == long.MaxValue)
        {
            return MemoryPressure.None;
        }

        var used = heap();
        var isFull = used >= limit / 100 * RefuseAt;
        foreach (var pool in _pools)
        {
            used -= pool.BytesIdle;
        }

        Volatile.Write(ref _used, used);
        var before = _pressure;
        var now = Of(used, before);
        if (now != before || isFull != _isFull)
        {
            _isFull = isFull;
            _pressure = now;
            _worst = now > _worst ? now : _worst;
            Changed?.Invoke();
        }

        return now;
    }

    /// <summary>The worst that the pressure was since this was asked for last. For one who asks.</summary>
    public MemoryPressure TakeWorst()
    {
        var worst = _worst;
        _worst = _pressure;
        return worst > _worst ? worst : _worst;
    }

    /// <summary>A call was refused for want of memory.</summary>
    public void CountRefused() => Interlocked.Increment(ref _refused);

    /// <summary>A call was ended for want of memory.</summary>
    public void CountEnded() => Interlocked.Increment(ref _ended);

    /// <summary>What its queues do not use is counted as free from now on.</summary>
    internal void Add(SegmentPool pool)
    {
        if (limit != long.MaxValue)
        {
            lock (_gate)
            {
                _pools = [.. _pools, pool];
            }
        }
    }

    private MemoryPressure Of(long used, MemoryPressure before)
    {
        var percent = used / (double)limit * 100;
        return IsAt(MemoryPressure.Spent, SpentAt) ? MemoryPressure.Spent
            : IsAt(MemoryPressure.Refuse, RefuseAt) ? MemoryPressure.Refuse
            : IsAt(MemoryPressure.Shrink, ShrinkAt) ? MemoryPressure.Shrink
            : MemoryPressure.None;

        bool IsAt(MemoryPressure step, int threshold) => percent >= (before >= step ? threshold - Hysteresis : threshold);
    }
}
