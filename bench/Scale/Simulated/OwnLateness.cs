using System.Diagnostics;
using Mesh.Wire.Timers;
using Mesh.Wire.Transport;

namespace Mesh.Bench.Scale.Simulated;

/// <summary>
/// How late the simulated sidecars' own loop is: a sidecar that was told in time is seen to be told late by as much. The loop's.
/// </summary>
internal sealed class OwnLateness : ITimerTarget
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(5);

    private readonly EventLoop _loop;
    private readonly LoopTimer _timer;
    private long _due;

    public OwnLateness(EventLoop loop)
    {
        _loop = loop;
        _timer = new LoopTimer(this);
    }

    /// <summary>The most since <see cref="Begin"/>.</summary>
    public TimeSpan Most { get; private set; }

    public void Begin()
    {
        Most = TimeSpan.Zero;
        if (!_timer.IsScheduled)
        {
            Schedule();
        }
    }

    public void End() => _timer.Cancel();

    void ITimerTarget.OnTimer(int kind)
    {
        var late = Stopwatch.GetElapsedTime(_due);
        Most = late > Most ? late : Most;
        Schedule();
    }

    private void Schedule()
    {
        _due = Stopwatch.GetTimestamp() + (long)(Interval.TotalSeconds * Stopwatch.Frequency);
        _loop.Timers.Schedule(_timer, _loop.Now + Interval.Ticks);
    }
}
