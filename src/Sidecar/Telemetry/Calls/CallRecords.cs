using Mesh.Policy.Outcomes;

namespace Mesh.Sidecar.Telemetry;

/// <summary>
/// Calls on their way from one loop to the exporter's thread: a ring with one writer and one reader. When the exporter
/// falls behind, calls are left out of its histograms (and counted as left out); the loop never waits.
/// </summary>
internal sealed class CallRecords(Direction direction, int size = CallRecords.DefaultSize)
{
    /// <summary>More than a loop completes between two drains.</summary>
    private const int DefaultSize = 1 << 16;

    private readonly CallRecord[] _ring = new CallRecord[size];
    private long _written;
    private long _read;
    private long _dropped;

    public Direction Direction { get; } = direction;

    /// <summary>Calls left out.</summary>
    public long Dropped => Volatile.Read(ref _dropped);

    /// <summary>On the loop.</summary>
    public void Write(MethodStatistics method, int code, OutcomeReason reason, long ticks)
    {
        if (_written - Volatile.Read(ref _read) == _ring.Length)
        {
            Volatile.Write(ref _dropped, _dropped + 1);
            return;
        }

        _ring[_written % _ring.Length] = new CallRecord(method, (byte)code, (byte)reason, ticks);
        Volatile.Write(ref _written, _written + 1);
    }

    /// <summary>On the reader's thread.</summary>
    public void Drain(Action<Direction, CallRecord> record)
    {
        var end = Volatile.Read(ref _written);
        for (; _read < end; Volatile.Write(ref _read, _read + 1))
        {
            record(Direction, _ring[_read % _ring.Length]);
        }
    }
}

/// <summary>One call that has ended.</summary>
/// <param name="Method">Which service and method.</param>
/// <param name="Code">A <see cref="CallCode"/>.</param>
/// <param name="ReasonValue">An <see cref="OutcomeReason"/>; a byte, so that a record is three words.</param>
/// <param name="Ticks">How long it took.</param>
internal readonly record struct CallRecord(MethodStatistics Method, byte Code, byte ReasonValue, long Ticks)
{
    public OutcomeReason Reason => (OutcomeReason)ReasonValue;
}
