using Mesh.Wire.Timers;

namespace Mesh.Wire.Buffers;

/// <summary>
/// Gives back what a burst took and nobody has needed since: looks at all that a loop keeps for reuse once a period, for as long as
/// there is more than at rest. An idle loop is not woken for it. Only the loop's thread may call it.
/// </summary>
public sealed class Upkeep : ITimerTarget
{
    /// <summary>
    /// What was not needed for so long is given back. Load comes in waves, and each that finds less must take it anew, but
    /// within a minute all of a burst is to be gone.
    /// </summary>
    public static readonly TimeSpan Period = TimeSpan.FromSeconds(10);

    /// <summary>System calls at once: 100 µs in all.</summary>
    private const int Batch = 64;

    private static readonly long Pause = TimeSpan.FromMilliseconds(10).Ticks;

    private readonly TimerWheel _timers;
    private readonly Func<long> _now;
    private readonly LoopTimer _timer;
    private readonly List<Upkept> _all = [];
    private int _garbage;
    private bool _isGivingBack;

    /// <param name="timers">The loop's.</param>
    /// <param name="now">The loop's time, in ticks.</param>
    internal Upkeep(TimerWheel timers, Func<long> now)
    {
        _timers = timers;
        _now = now;
        _timer = new LoopTimer(this);
    }

    /// <summary>
    /// Told on the loop's thread how many objects have been let go of in a period, if any: they are gone when the collector next
    /// runs, which may be never where nothing is allocated.
    /// </summary>
    public Action<int>? Freed { get; set; }

    internal bool IsDue => _timer.IsScheduled;

    internal void Add(Upkept kept) => _all.Add(kept);

    internal void Arm() => _timers.Schedule(_timer, _now() + Period.Ticks);

    void ITimerTarget.OnTimer(int kind)
    {
        if (!_isGivingBack)
        {
            _isGivingBack = true;
            foreach (var kept in _all)
            {
                kept.EndPeriod();
            }
        }

        foreach (var kept in _all)
        {
            if (kept.GiveBack(Batch, ref _garbage))
            {
                _timers.Schedule(_timer, _now() + Pause);
                return;
            }
        }

        _isGivingBack = false;
        if (_garbage > 0)
        {
            Freed?.Invoke(_garbage);
            _garbage = 0;
        }

        if (_all.Exists(static kept => kept.IsKeeping))
        {
            Arm();
        }
    }
}
