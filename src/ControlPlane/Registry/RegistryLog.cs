using System.Globalization;

namespace Mesh.ControlPlane.Registry;

/// <summary>
/// What the registry tells the log: each event a line, but of a burst no more than some a second, and then how many there
/// were. Any thread.
/// </summary>
internal sealed class RegistryLog(TimeProvider time, ILogger log) : IDisposable
{
    // A person reads these; what a machine wants to know is on /metrics.
    private const int LinesPerPeriod = 10;

    private static readonly TimeSpan Period = TimeSpan.FromSeconds(1);

    private readonly Lock _lock = new();
    private readonly SortedDictionary<string, (int Instances, HashSet<string> Services)> _more = new(StringComparer.Ordinal);
    private ITimer? _timer;
    private int _lines;
    private bool _isOpen;

    /// <summary>Something that happens to instances, possibly to many at once.</summary>
    /// <param name="level">Of its line.</param>
    /// <param name="verb">What has happened: "registered".</param>
    /// <param name="service">To whose instance.</param>
    /// <param name="line">All there is to say.</param>
    public void Event(LogLevel level, string verb, string service, FormattableString line)
    {
        if (!log.IsEnabled(level))
        {
            return;
        }

        lock (_lock)
        {
            if (!_isOpen)
            {
                _isOpen = true;
                _lines = 0;
                _timer ??= time.CreateTimer(static state => ((RegistryLog)state!).Close(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
                _timer.Change(Period, Timeout.InfiniteTimeSpan);
            }

            if (++_lines > LinesPerPeriod)
            {
                var (count, services) = _more.GetValueOrDefault(verb, (0, []));
                services.Add(service);
                _more[verb] = (count + 1, services);
                return;
            }
        }

        log.Log(level, "{Event}", line.ToString(CultureInfo.InvariantCulture));
    }

    /// <summary>Something that does not happen often.</summary>
    public void Warn(FormattableString line) => log.LogWarning("{Event}", line.ToString(CultureInfo.InvariantCulture));

    public void Dispose() => _timer?.Dispose();

    private void Close()
    {
        List<string> sums;
        lock (_lock)
        {
            sums = [.. _more.Select(sum => $"{sum.Key} {sum.Value.Instances} more instances of {sum.Value.Services.Count} services in the last {Period.TotalSeconds} s")];
            _more.Clear();
            _isOpen = false;
        }

        foreach (var sum in sums)
        {
            log.LogInformation("{Event}", sum);
        }
    }
}
