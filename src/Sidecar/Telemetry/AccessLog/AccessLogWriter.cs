using Mesh.Hosting;
using Mesh.Sidecar.Options;
using Mesh.Sidecar.Telemetry.Rings;
using Mesh.Sidecar.Terms;

namespace Mesh.Sidecar.Telemetry.AccessLog;

/// <summary>
/// Writes the access log, several times a second, until it is disposed; then what is left. Lines that do not find their way
/// out (a full disk, a reader that is gone or does not read, more calls than can be written) are missing and counted.
/// </summary>
internal sealed class AccessLogWriter : IRingConsumer<AccessLogEntry?>, IDisposable
{
    /// <summary>How long a line may wait; people who follow a log do not notice.</summary>
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(100);

    private readonly LineQueue _output;
    private readonly AccessLogLine _line;
    private readonly TimeProvider _time;
    private readonly Log _log;
    private readonly RingReader<AccessLogEntry?> _reader;
    private DateTimeOffset _now;
    private long _nowTicks;
    private long _missed;
    private long _missedSaid;

    /// <param name="format">Text or JSON.</param>
    /// <param name="output">Tells of lines it has to drop by itself.</param>
    /// <param name="time">The clock that the loops have too.</param>
    /// <param name="log">Told of calls that did not become lines.</param>
    public AccessLogWriter(AccessLogFormat format, LineQueue output, TimeProvider time, Log log)
    {
        _output = output;
        _line = new AccessLogLine(format);
        _time = time;
        _log = log;
        _reader = new RingReader<AccessLogEntry?>("access log", Interval, this);
    }

    /// <summary>Calls that are missing in the log. Any thread.</summary>
    public long Dropped => _reader.Dropped + _output.Dropped;

    /// <summary>For one writer. Entries are made as they are first needed: a quiet sidecar has few.</summary>
    public Ring<AccessLogEntry?> AddRing(Direction direction, int size) => _reader.AddRing(direction, size);

    /// <summary>Writes what there is until now and ends.</summary>
    public void Dispose() => _reader.Dispose();

    void IRingConsumer<AccessLogEntry?>.BeginRound()
    {
        // The loops' clock has no date: how long ago it was tells.
        _now = _time.GetUtcNow();
        _nowTicks = _time.GetElapsedTime(0).Ticks;
    }

    void IRingConsumer<AccessLogEntry?>.Consume(Direction direction, in AccessLogEntry? item) =>
        _output.Write(_line.Format(direction, item!, _now.AddTicks(item!.Started - _nowTicks)).Span);

    void IRingConsumer<AccessLogEntry?>.EndRound()
    {
        // As it begins, and the sum once it is over: a round may come ten times a second.
        var (before, missed) = (_missed, _reader.Dropped);
        _missed = missed;
        if (missed > before && before == _missedSaid)
        {
            _log.Warn("access log: calls are missing: they come faster than their lines are made");
        }
        else if (missed == before && missed > _missedSaid)
        {
            _log.Warn($"access log: {missed - _missedSaid} calls are missing: they came faster than their lines were made");
            _missedSaid = missed;
        }
    }
}
