using Mesh.Policy.Breaking;

namespace Mesh.Policy.Tests.Breaking;

public class CircuitBreakerTests
{
    private static readonly BreakerOptions NoJitter = new() { Jitter = 0 };
    private Rng _rng = new(1);

    [Fact]
    public void Its_whole_life_goes_from_closed_over_open_and_half_open_back_to_closed()
    {
        var breaker = new CircuitBreaker(NoJitter);
        Fail(breaker, 4, 0);
        Assert.Equal(BreakerState.Closed, breaker.StateAt(0));
        Fail(breaker, 1, 0);
        Assert.Equal(BreakerState.Open, breaker.StateAt(0));
        Assert.Equal(Time.Seconds(60), breaker.OpenUntil);
        Assert.False(breaker.TryAcquire(Time.Seconds(59.999), out _));

        Assert.Equal(BreakerState.HalfOpen, breaker.StateAt(Time.Seconds(60)));
        Assert.True(breaker.TryAcquire(Time.Seconds(60), out var probe));
        Assert.NotEqual(0, probe);
        Assert.False(breaker.TryAcquire(Time.Seconds(60), out _));
        Assert.True(breaker.WouldReject(Time.Seconds(60)));

        breaker.OnSuccess(Time.Seconds(61), probe);
        Assert.Equal(BreakerState.Closed, breaker.StateAt(Time.Seconds(61)));
        Assert.True(breaker.TryAcquire(Time.Seconds(61), out probe));
        Assert.Equal(0, probe);
        Assert.Equal(1, breaker.Opened);
    }

    [Fact]
    public void A_success_in_between_starts_the_row_anew()
    {
        var breaker = new CircuitBreaker(NoJitter);
        Fail(breaker, 4, 0);
        breaker.OnSuccess(0, 0);
        Fail(breaker, 4, 0);
        Assert.Equal(BreakerState.Closed, breaker.StateAt(0));
    }

    [Fact]
    public void Each_failed_probe_opens_it_half_as_long_again_up_to_the_cap()
    {
        var breaker = new CircuitBreaker(NoJitter);
        Fail(breaker, 5, 0);
        long now = 0;
        foreach (var seconds in new[] { 60, 90, 135, 202.5, 300, 300 })
        {
            Assert.Equal(now + Time.Seconds(seconds), breaker.OpenUntil);
            now = breaker.OpenUntil;
            Assert.True(breaker.TryAcquire(now, out var probe));
            breaker.OnFailure(now, probe, ref _rng);
        }
    }

    [Fact]
    public void After_it_has_closed_it_opens_for_the_first_time_again()
    {
        var breaker = new CircuitBreaker(NoJitter);
        Fail(breaker, 5, 0);
        breaker.TryAcquire(Time.Seconds(60), out _);
        breaker.OnFailure(Time.Seconds(60), 1, ref _rng);
        breaker.TryAcquire(Time.Seconds(150), out _);
        breaker.OnSuccess(Time.Seconds(150), 2);
        Fail(breaker, 5, Time.Seconds(200));
        Assert.Equal(Time.Seconds(260), breaker.OpenUntil);
    }

    [Fact]
    public void Jitter_only_lengthens_the_open_time_and_by_no_more_than_its_share()
    {
        var seen = new HashSet<long>();
        for (var i = 0; i < 200; i++)
        {
            var breaker = new CircuitBreaker(BreakerOptions.Default);
            Fail(breaker, 5, 0);
            Assert.InRange(breaker.OpenUntil, Time.Seconds(60), Time.Seconds(66));
            seen.Add(breaker.OpenUntil);
        }

        Assert.True(seen.Count > 150);
    }

    [Fact]
    public void Late_results_of_calls_from_before_it_opened_change_nothing()
    {
        var breaker = new CircuitBreaker(NoJitter);
        Fail(breaker, 5, Time.Seconds(1));
        breaker.OnSuccess(Time.Seconds(2), 0);
        Fail(breaker, 10, Time.Seconds(2));
        Assert.Equal(BreakerState.Open, breaker.StateAt(Time.Seconds(2)));
        Assert.Equal(Time.Seconds(61), breaker.OpenUntil);
        Assert.Equal(1, breaker.Opened);

        breaker.TryAcquire(Time.Seconds(61), out _);
        breaker.OnSuccess(Time.Seconds(61), 0);
        Fail(breaker, 10, Time.Seconds(61));
        Assert.Equal(BreakerState.HalfOpen, breaker.StateAt(Time.Seconds(61)));

        breaker.OnSuccess(Time.Seconds(62), 1);
        for (var i = 0; i < 10; i++)
        {
            breaker.OnFailure(Time.Seconds(63), 0, ref _rng, started: Time.Seconds(0.5));
        }

        Assert.Equal(BreakerState.Closed, breaker.StateAt(Time.Seconds(63)));
    }

    [Fact]
    public void An_abandoned_probe_gives_its_slot_to_another()
    {
        var breaker = new CircuitBreaker(NoJitter);
        Fail(breaker, 5, 0);
        Assert.True(breaker.TryAcquire(Time.Seconds(60), out var probe));
        breaker.OnAbandoned(Time.Seconds(60), probe);
        Assert.Equal(BreakerState.HalfOpen, breaker.StateAt(Time.Seconds(60)));
        Assert.True(breaker.TryAcquire(Time.Seconds(60), out probe));
        Assert.NotEqual(0, probe);
    }

    [Fact]
    public void All_probes_must_succeed_and_probes_of_an_old_round_are_not_counted_in_the_next()
    {
        var breaker = new CircuitBreaker(NoJitter with { Probes = 3 });
        Fail(breaker, 5, 0);
        var first = Probes(breaker, Time.Seconds(60));
        Assert.Equal(3, first.Length);
        breaker.OnSuccess(Time.Seconds(60), first[0]);
        breaker.OnFailure(Time.Seconds(60), first[1], ref _rng);
        Assert.Equal(Time.Seconds(150), breaker.OpenUntil);

        // One of the first round is still under way: nothing waits for it, and nothing is made of it.
        var second = Probes(breaker, Time.Seconds(150));
        Assert.Equal(3, second.Length);
        breaker.OnFailure(Time.Seconds(151), first[2], ref _rng);
        breaker.OnSuccess(Time.Seconds(151), second[0]);
        breaker.OnSuccess(Time.Seconds(151), second[1]);
        Assert.Equal(BreakerState.HalfOpen, breaker.StateAt(Time.Seconds(151)));
        breaker.OnSuccess(Time.Seconds(151), second[2]);
        Assert.Equal(BreakerState.Closed, breaker.StateAt(Time.Seconds(151)));
    }

    [Fact]
    public void A_probe_that_is_silent_for_the_open_time_makes_room_for_another()
    {
        var breaker = new CircuitBreaker(NoJitter);
        Fail(breaker, 5, 0);
        var silent = Assert.Single(Probes(breaker, Time.Seconds(60)));
        Assert.True(breaker.WouldReject(Time.Seconds(119.9)));
        Assert.False(breaker.WouldReject(Time.Seconds(120)));
        var next = Assert.Single(Probes(breaker, Time.Seconds(120)));
        breaker.OnAbandoned(Time.Seconds(121), silent); // its place is another's by now
        Assert.True(breaker.WouldReject(Time.Seconds(121)));
        breaker.OnSuccess(Time.Seconds(121), next);
        Assert.Equal(BreakerState.Closed, breaker.StateAt(Time.Seconds(121)));
    }

    [Fact]
    public void An_answer_that_takes_longer_than_the_open_time_still_closes_it()
    {
        var breaker = new CircuitBreaker(NoJitter with { Open = TimeSpan.FromMilliseconds(1) });
        Fail(breaker, 5, 0);
        var slow = Assert.Single(Probes(breaker, Time.Millis(1)));
        Assert.Single(Probes(breaker, Time.Millis(3)));
        breaker.OnSuccess(Time.Millis(20), slow);
        Assert.Equal(BreakerState.Closed, breaker.StateAt(Time.Millis(20)));
    }

    [Fact]
    public void Exactly_as_many_probes_pass_as_configured_however_many_threads_ask()
    {
        for (var round = 0; round < 200; round++)
        {
            var breaker = new CircuitBreaker(NoJitter with { Probes = 3 });
            Fail(breaker, 5, 0);
            var passed = 0;
            Threads.Run(8, _ =>
            {
                for (var i = 0; i < 20; i++)
                {
                    if (!breaker.WouldReject(Time.Seconds(60)) && breaker.TryAcquire(Time.Seconds(60), out var probe))
                    {
                        Assert.NotEqual(0, probe);
                        Interlocked.Increment(ref passed);
                    }
                }
            });
            Assert.Equal(3, passed);
        }
    }

    [Fact]
    public void No_probe_too_many_passes_while_others_succeed()
    {
        for (var round = 0; round < 200; round++)
        {
            var breaker = new CircuitBreaker(NoJitter with { Probes = 3 });
            Fail(breaker, 5, 0);
            var probes = 0;
            Threads.Run(4, _ =>
            {
                for (var i = 0; i < 20; i++)
                {
                    if (breaker.TryAcquire(Time.Seconds(60), out var probe) && probe != 0)
                    {
                        Interlocked.Increment(ref probes);
                        breaker.OnSuccess(Time.Seconds(60), probe);
                    }
                }
            });
            Assert.Equal(3, probes);
            Assert.Equal(BreakerState.Closed, breaker.StateAt(Time.Seconds(60)));
        }
    }

    [Fact]
    public void A_failure_rate_opens_it_once_there_are_enough_requests_in_the_window()
    {
        var options = NoJitter with { ConsecutiveFailures = 1000, FailureRatePercent = 50, MinRequests = 20 };
        var breaker = new CircuitBreaker(options);
        for (var i = 0; i < 9; i++)
        {
            breaker.OnSuccess(Time.Seconds(1), 0);
            Fail(breaker, 1, Time.Seconds(1));
        }

        breaker.OnSuccess(Time.Seconds(2), 0);
        Assert.Equal(BreakerState.Closed, breaker.StateAt(Time.Seconds(2)));
        Fail(breaker, 1, Time.Seconds(2));
        Assert.Equal(BreakerState.Open, breaker.StateAt(Time.Seconds(2)));
    }

    [Fact]
    public void Failures_that_left_the_window_no_longer_count_for_the_rate()
    {
        var options = NoJitter with { ConsecutiveFailures = 1000, FailureRatePercent = 50, MinRequests = 20 };
        var breaker = new CircuitBreaker(options);
        Fail(breaker, 19, Time.Seconds(1));
        Fail(breaker, 1, Time.Seconds(11.5));
        Assert.Equal(BreakerState.Closed, breaker.StateAt(Time.Seconds(11.5)));
        Fail(breaker, 19, Time.Seconds(12));
        Assert.Equal(BreakerState.Open, breaker.StateAt(Time.Seconds(12)));
    }

    [Fact]
    public void New_options_keep_the_state()
    {
        var breaker = new CircuitBreaker(NoJitter);
        Fail(breaker, 5, 0);
        breaker.Configure(NoJitter with { Open = TimeSpan.FromSeconds(1) }, 0);
        Assert.True(breaker.WouldReject(Time.Seconds(59)));
        Assert.True(breaker.TryAcquire(Time.Seconds(60), out _));
        breaker.OnFailure(Time.Seconds(60), 1, ref _rng);
        Assert.Equal(Time.Seconds(61.5), breaker.OpenUntil);
    }

    [Fact]
    public void Asking_for_fewer_probes_than_have_succeeded_closes_it()
    {
        var breaker = new CircuitBreaker(NoJitter with { Probes = 3 });
        Fail(breaker, 5, 0);
        breaker.TryAcquire(Time.Seconds(60), out _);
        breaker.OnSuccess(Time.Seconds(60), 1);
        breaker.Configure(NoJitter, 0);
        Assert.Equal(BreakerState.Closed, breaker.StateAt(Time.Seconds(60)));
    }

    [Fact]
    public void Switched_off_it_lets_all_through_and_counts_nothing()
    {
        var breaker = new CircuitBreaker(NoJitter);
        Fail(breaker, 5, 0);
        breaker.Configure(NoJitter with { Enabled = false }, 0);
        Assert.True(breaker.TryAcquire(0, out var probe));
        Assert.Equal(0, probe);
        Assert.Equal(BreakerState.Closed, breaker.StateAt(0));

        var other = new CircuitBreaker(NoJitter with { Enabled = false });
        Fail(other, 100, 0);
        other.Configure(NoJitter, 0);
        Assert.False(other.WouldReject(0));
    }

    [Fact]
    public void Switched_off_while_half_open_it_lets_all_through_whatever_else_has_changed()
    {
        var breaker = new CircuitBreaker(NoJitter);
        Fail(breaker, 5, 0);
        Assert.True(breaker.TryAcquire(Time.Seconds(60), out _));
        breaker.Configure(NoJitter with { Enabled = false, Probes = 3 }, Time.Seconds(60));
        Assert.Equal(BreakerState.Closed, breaker.StateAt(Time.Seconds(60)));
        for (var i = 0; i < 10; i++)
        {
            Assert.True(breaker.TryAcquire(Time.Seconds(60), out var probe));
            Assert.Equal(0, probe);
        }
    }

    [Fact]
    public void Calls_allocate_nothing()
    {
        var breaker = new CircuitBreaker(NoJitter with { FailureRatePercent = 90 });
        Assert.Equal(0, Allocations.Of(() =>
        {
            breaker.TryAcquire(0, out var probe);
            breaker.OnFailure(0, probe, ref _rng);
            breaker.OnSuccess(0, probe);
        }));
    }

    private static int[] Probes(CircuitBreaker breaker, long now)
    {
        var probes = new List<int>();
        while (breaker.TryAcquire(now, out var probe))
        {
            probes.Add(probe);
        }

        return [.. probes];
    }

    private void Fail(CircuitBreaker breaker, int times, long now)
    {
        for (var i = 0; i < times; i++)
        {
            breaker.OnFailure(now, 0, ref _rng);
        }
    }
}
