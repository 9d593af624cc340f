namespace Mesh.Sidecar.Telemetry;

/// <summary>
/// Calls on their way from one loop to the exporter's thread: a ring with one writer and one reader. When the exporter
/// falls behind, calls are left out of its histograms (and counted as left out); the loop never waits.
/// </summary>
internal sealed class CallRecords
{
    /// <summary>More than a loop completes between two drains.</summary>
    private const int Size = 1 << 16;

    private readonly (MethodStatistics Method, int Code, long Ticks)[] _ring = new (MethodStatistics, int, long)[Size];
    private long _written;
    private long _read;
    private long _dropped;

    public long Dropped => Volatile.Read(ref _dropped);

    public void Write(MethodStatistics method, int code, long ticks)
    {
        if (_written - Volatile.Read(ref _read) == Size)
        {
            _dropped++;
            return;
        }

        _ring[_written & (Size - 1)] = (method, code, ticks);
        Volatile.Write(ref _written, _written + 1);
    }

    public void Drain(Action<MethodStatistics, int, long> record)
    {
        var end = Volatile.Read(ref _written);
        for (; _read < end; Volatile.Write(ref _read, _read + 1))
        {
            var (method, code, ticks) = _ring[_read & (Size - 1)];
            record(method, code, ticks);
        }
    }
}
