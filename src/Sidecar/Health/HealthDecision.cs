namespace Mesh.Sidecar.Health;

/// <summary>
/// What results of checks mean: consecutive ones decide, so that a single slip changes nothing, and when to look again.
/// Pure; one caller at a time.
/// </summary>
/// <param name="healthyThreshold">Successes in a row until HEALTHY, from 1.</param>
/// <param name="unhealthyThreshold">Failures in a row until UNHEALTHY, from 1.</param>
/// <param name="interval">Between two checks.</param>
internal sealed class HealthDecision(int healthyThreshold, int unhealthyThreshold, TimeSpan interval)
{
    /// <summary>An app that starts is looked at often: every moment until its first success is one it is not called.</summary>
    public static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(100);

    /// <summary>The pauses before the first success grow to this.</summary>
    public static readonly TimeSpan LongestStartPause = TimeSpan.FromMilliseconds(500);

    /// <summary>So that sidecars started together do not check together for ever.</summary>
    private const double Jitter = 0.1;

    private TimeSpan _startPause = FirstPause;
    private int _successes;
    private int _failures;

    public AppStatus Status { get; private set; } = AppStatus.Starting;

    /// <summary>A check has been made.</summary>
    /// <param name="passed">Whether the check did.</param>
    /// <param name="isSuspected">A call has met the same: together they are no slip.</param>
    /// <returns>Whether the status has changed.</returns>
    public bool Record(bool passed, bool isSuspected = false)
    {
        _successes = passed ? _successes + 1 : 0;
        _failures = passed ? 0 : isSuspected ? unhealthyThreshold : _failures + 1;
        var before = Status;
        if (_successes >= healthyThreshold)
        {
            Status = AppStatus.Healthy;
        }
        else if (_failures >= unhealthyThreshold && before == AppStatus.Healthy)
        {
            Status = AppStatus.Unhealthy; // one that has never been healthy goes on starting
        }

        return Status != before;
    }

    /// <summary>How long to wait until the next check.</summary>
    /// <param name="chance">0 to 1.</param>
    public TimeSpan NextPause(double chance)
    {
        if (Status == AppStatus.Starting)
        {
            var pause = _startPause;
            _startPause = _startPause * 2 < LongestStartPause ? _startPause * 2 : LongestStartPause;
            return pause < interval ? pause : interval;
        }

        return interval * (1 + (Jitter * ((2 * chance) - 1)));
    }
}
