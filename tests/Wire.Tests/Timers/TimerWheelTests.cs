using CsCheck;
using Mesh.Wire.Timers;

namespace Mesh.Wire.Tests.Timers;

public sealed class TimerWheelTests
{
    private const long Ms = TimeSpan.TicksPerMillisecond;

    /// <summary>Steps of a script: how far the clock goes, and what is done with which timer.</summary>
    private static readonly Gen<(int Kind, int Timer, long Delay, long Step)[]> Scripts = Gen.Select(
        Gen.Int[0, 9],
        Gen.Int[0, 19],
        Gen.OneOf(Gen.Long[0, 3 * Ms], Gen.Long[0, 200 * Ms], Gen.Long[0, 10_000 * Ms], Gen.Long[0, 2_000_000 * Ms], Gen.Long[0, 40_000_000 * Ms]),
        Gen.OneOf(Gen.Const(0L), Gen.Long[0, 2 * Ms], Gen.Long[0, 100 * Ms], Gen.Long[0, 5_000 * Ms], Gen.Long[0, 20_000_000 * Ms])).Array[1, 60];

    [Fact]
    public void It_fires_like_a_sorted_list_would() =>
        Gen.Select(Gen.Long[0, 1L << 40], Scripts).Sample(
            (start, script) => Run(start, script),
            iter: 3000);

    [Fact]
    public void A_timer_beyond_the_wheels_span_fires_when_due()
    {
        var fired = new List<int>();
        var wheel = new TimerWheel(0);
        var far = new LoopTimer(new Target(fired.Add));
        var due = TimeSpan.FromDays(3).Ticks;
        wheel.Schedule(far, due);
        for (var now = 0L; now < due; now += TimeSpan.FromMinutes(7).Ticks)
        {
            wheel.Advance(now);
            Assert.Empty(fired);
        }

        wheel.Advance(due);
        Assert.Single(fired);
    }

    [Fact]
    public void The_wait_it_asks_for_is_never_past_the_next_timer_and_at_last_exact()
    {
        Gen.Select(Gen.Long[0, 1L << 40], Gen.Long[1, 20_000_000 * Ms]).Sample((start, delay) =>
        {
            var fired = new List<int>();
            var wheel = new TimerWheel(start);
            wheel.Schedule(new LoopTimer(new Target(fired.Add)), start + delay);
            var now = start;
            for (var i = 0; i < 10 && fired.Count == 0; i++)
            {
                var wait = wheel.MillisecondsUntilNext(now);
                Assert.True(wait >= 0);
                now += wait * Ms;
                wheel.Advance(now);
            }

            Assert.Single(fired);
            Assert.InRange(now, start + delay, start + delay + (2 * Ms));
            Assert.Equal(-1, wheel.MillisecondsUntilNext(now));
        });
    }

    [Fact]
    public void From_within_a_firing_timers_may_be_cancelled_and_scheduled()
    {
        var wheel = new TimerWheel(0);
        var fired = new List<int>();
        LoopTimer[] timers = new LoopTimer[4];
        var target = new Target(kind =>
        {
            fired.Add(kind);
            if (kind == 0)
            {
                timers[1].Cancel();
                wheel.Schedule(timers[2], 10 * Ms);
                wheel.Schedule(timers[0], 0); // past: the next turn
            }
        });
        for (var i = 0; i < timers.Length; i++)
        {
            timers[i] = new LoopTimer(target, i);
            wheel.Schedule(timers[i], 5 * Ms);
        }

        wheel.Advance(5 * Ms);
        Assert.Equal([0, 3], fired);
        wheel.Advance(6 * Ms);
        Assert.Equal([0, 3, 0], fired);
        timers[0].Cancel();
        wheel.Advance(20 * Ms);
        Assert.Equal([0, 3, 0, 2], fired);
        Assert.False(timers[1].IsScheduled);
    }

    [Fact]
    public void Those_behind_one_that_throws_are_not_lost()
    {
        var wheel = new TimerWheel(0);
        var fired = new List<int>();
        var target = new Target(kind =>
        {
            fired.Add(kind);
            if (kind == 1)
            {
                throw new InvalidOperationException();
            }
        });
        for (var i = 0; i < 4; i++)
        {
            wheel.Schedule(new LoopTimer(target, i), 5 * Ms);
        }

        Assert.Throws<InvalidOperationException>(() => wheel.Advance(5 * Ms));
        wheel.Advance(5 * Ms);
        Assert.Equal([0, 1, 2, 3], fired);
    }

    private static void Run(long start, (int Kind, int Timer, long Delay, long Step)[] script)
    {
        var now = start;
        var wheel = new TimerWheel(start);
        var expected = new Dictionary<int, long>();
        var timers = new LoopTimer[20];
        var again = new Dictionary<int, long>();
        var target = new Target(kind =>
        {
            Assert.True(expected.Remove(kind, out var due), $"timer {kind} fired though it was not scheduled");
            Assert.True(now >= due, $"timer {kind} fired early");
            if (again.Remove(kind, out var delay))
            {
                expected[kind] = now + delay;
                wheel.Schedule(timers[kind], now + delay);
            }
        });
        for (var i = 0; i < timers.Length; i++)
        {
            timers[i] = new LoopTimer(target, i);
        }

        foreach (var (kind, timer, delay, step) in script)
        {
            now += step;
            // Those scheduled anew from within may be due within this very step as well: a turn later at most.
            wheel.Advance(now);
            Assert.All(expected, e => Assert.True(now < e.Value + Ms, $"timer {e.Key} is late"));
            switch (kind)
            {
                case < 6:
                    expected[timer] = now + delay;
                    wheel.Schedule(timers[timer], now + delay);
                    break;
                case < 8:
                    expected.Remove(timer);
                    again.Remove(timer);
                    timers[timer].Cancel();
                    break;
                default:
                    again[timer] = delay + (2 * Ms);
                    break;
            }

            Assert.All(timers.Select((t, i) => (t, i)), t => Assert.Equal(expected.ContainsKey(t.i), t.t.IsScheduled));
        }

        now += 50_000_000 * Ms;
        again.Clear();
        wheel.Advance(now);
        Assert.Empty(expected);
    }

    private sealed class Target(Action<int> fire) : ITimerTarget
    {
        public void OnTimer(int kind) => fire(kind);
    }
}
