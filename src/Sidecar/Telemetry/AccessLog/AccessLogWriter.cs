namespace Mesh.Sidecar.Telemetry.AccessLog;

/// <summary>
/// Writes the access log to a stream from a thread of its own, several times a second, until it is disposed; then what is
/// left. Rings are added before the calls come.
/// </summary>
internal sealed class AccessLogWriter : IDisposable
{
    /// <summary>How long a line may wait; people who follow a log do not notice, and the loops need not wake anybody.</summary>
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(100);

    private readonly Lock _gate = new();
    private readonly List<AccessLogRing> _rings = [];
    private readonly BufferedStream _output;
    private readonly AccessLogLine _line;
    private readonly TimeProvider _time;
    private readonly ManualResetEvent _stop = new(initialState: false);
    private readonly Thread _thread;
    private long _lines;

    /// <param name="format">Text or JSON.</param>
    /// <param name="output">Written by this alone, in whole lines.</param>
    /// <param name="time">The clock that the loops have too.</param>
    public AccessLogWriter(AccessLogFormat format, Stream output, TimeProvider time)
    {
        _output = new BufferedStream(output, 64 * 1024);
        _line = new AccessLogLine(format);
        _time = time;
        _thread = new Thread(Run) { Name = "access log", IsBackground = true };
        _thread.Start();
    }

    /// <summary>Lines written so far.</summary>
    public long Lines => Volatile.Read(ref _lines);

    /// <summary>Calls that are missing, since the output was not read fast enough.</summary>
    public long Dropped
    {
        get
        {
            lock (_gate)
            {
                return _rings.Sum(r => r.Dropped);
            }
        }
    }

    /// <summary>For one loop and direction.</summary>
    public AccessLogRing AddRing(Direction direction)
    {
        var ring = new AccessLogRing(direction);
        lock (_gate)
        {
            _rings.Add(ring);
        }

        return ring;
    }

    /// <summary>Writes what there is until now and ends.</summary>
    public void Dispose()
    {
        _stop.Set();
        // Bounded: an output that nobody reads must not keep the process from ending.
        if (_thread.Join(TimeSpan.FromSeconds(2)))
        {
            _stop.Dispose();
        }
    }

    private void Run()
    {
        try
        {
            while (!_stop.WaitOne(Interval))
            {
                WriteAll();
            }

            WriteAll();
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException)
        {
            // Nobody reads any more; the rings fill up and count what is left out.
        }
    }

    private void WriteAll()
    {
        AccessLogRing[] rings;
        lock (_gate)
        {
            rings = [.. _rings];
        }

        // The loops' clock has no date: how long ago it was tells.
        var now = _time.GetUtcNow();
        var nowTicks = _time.GetElapsedTime(0).Ticks;
        foreach (var ring in rings)
        {
            ring.Drain((direction, entry) =>
            {
                _output.Write(_line.Format(direction, entry, now.AddTicks(entry.Started - nowTicks)).Span);
                Volatile.Write(ref _lines, _lines + 1);
            });
        }

        _output.Flush();
    }
}
