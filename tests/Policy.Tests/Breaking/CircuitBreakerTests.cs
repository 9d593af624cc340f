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
        Assert.True(breaker.TryAcquire(Time.Seconds(60), out var isProbe));
        Assert.True(isProbe);
        Assert.False(breaker.TryAcquire(Time.Seconds(60), out _));
        Assert.True(breaker.WouldReject(Time.Seconds(60)));

        breaker.OnSuccess(Time.Seconds(61), true);
        Assert.Equal(BreakerState.Closed, breaker.StateAt(Time.Seconds(61)));
        Assert.True(breaker.TryAcquire(Time.Seconds(61), out isProbe));
        Assert.False(isProbe);
        Assert.Equal(1, breaker.Opened);
    }

    [Fact]
    public void A_success_in_between_starts_the_row_anew()
    {
        var breaker = new CircuitBreaker(NoJitter);
        Fail(breaker, 4, 0);
        breaker.OnSuccess(0, false);
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
            Assert.True(breaker.TryAcquire(now, out var isProbe));
            breaker.OnFailure(now, isProbe, ref _rng);
        }
    }

    [Fact]
    public void After_it_has_closed_it_opens_for_the_first_time_again()
    {
        var breaker = new CircuitBreaker(NoJitter);
        Fail(breaker, 5, 0);
        breaker.TryAcquire(Time.Seconds(60), out _);
        breaker.OnFailure(Time.Seconds(60), true, ref _rng);
        breaker.TryAcquire(Time.Seconds(150), out _);
        breaker.OnSuccess(Time.Seconds(150), true);
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
        breaker.OnSuccess(Time.Seconds(2), false);
        Fail(breaker, 10, Time.Seconds(2));
        Assert.Equal(BreakerState.Open, breaker.StateAt(Time.Seconds(2)));
        Assert.Equal(Time.Seconds(61), breaker.OpenUntil);
        Assert.Equal(1, breaker.Opened);

        breaker.TryAcquire(Time.Seconds(61), out _);
        breaker.OnSuccess(Time.Seconds(61), false);
        Fail(breaker, 10, Time.Seconds(61));
        Assert.Equal(BreakerState.HalfOpen, breaker.StateAt(Time.Seconds(61)));

        breaker.OnSuccess(Time.Seconds(62), true);
        for (var i = 0; i < 10; i++)
        {
            breaker.OnFailure(Time.Seconds(63), false, ref _rng, started: Time.Seconds(0.5));
        }

        Assert.Equal(BreakerState.Closed, breaker.StateAt(Time.Seconds(63)));
    }

    [Fact]
    public void An_abandoned_probe_gives_its_slot_to_another()
    {
        var breaker = new CircuitBreaker(NoJitter);
        Fail(breaker, 5, 0);
        Assert.True(breaker.TryAcquire(Time.Seconds(60), out var isProbe));
        breaker.OnAbandoned(isProbe);
        Assert.Equal(BreakerState.HalfOpen, breaker.StateAt(Time.Seconds(60)));
        Assert.True(breaker.TryAcquire(Time.Seconds(60), out isProbe));
        Assert.True(isProbe);
    }

    [Fact]
    public void All_probes_must_succeed_and_probes_of_an_old_round_are_not_counted_in_the_next()
    {
        var breaker = new CircuitBreaker(NoJitter with { Probes = 3 });
        Fail(breaker, 5, 0);
        var now = Time.Seconds(60);
        Assert.Equal(3, Enumerable.Range(0, 10).Count(_ => breaker.TryAcquire(now, out var _)));
        breaker.OnSuccess(now, true);
        breaker.OnFailure(now, true, ref _rng);
        Assert.Equal(Time.Seconds(150), breaker.OpenUntil);

        // One probe of the first round is still out, so the second has not begun.
        Assert.True(breaker.WouldReject(Time.Seconds(150)));
        breaker.OnSuccess(Time.Seconds(151), true);
        Assert.Equal(3, Enumerable.Range(0, 10).Count(_ => breaker.TryAcquire(Time.Seconds(151), out var _)));
        breaker.OnSuccess(Time.Seconds(151), true);
        breaker.OnSuccess(Time.Seconds(151), true);
        Assert.Equal(BreakerState.HalfOpen, breaker.StateAt(Time.Seconds(151)));
        breaker.OnSuccess(Time.Seconds(151), true);
        Assert.Equal(BreakerState.Closed, breaker.StateAt(Time.Seconds(151)));
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
                    if (!breaker.WouldReject(Time.Seconds(60)) && breaker.TryAcquire(Time.Seconds(60), out var isProbe))
                    {
                        Assert.True(isProbe);
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
                    if (breaker.TryAcquire(Time.Seconds(60), out var isProbe) && isProbe)
                    {
                        Interlocked.Increment(ref probes);
                        breaker.OnSuccess(Time.Seconds(60), true);
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
            breaker.OnSuccess(Time.Seconds(1), false);
            Fail(breaker, 1, Time.Seconds(1));
        }

        breaker.OnSuccess(Time.Seconds(2), false);
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
        breaker.Configure(NoJitter with { Open = TimeSpan.FromSeconds(1) });
        Assert.True(breaker.WouldReject(Time.Seconds(59)));
        Assert.True(breaker.TryAcquire(Time.Seconds(60), out _));
        breaker.OnFailure(Time.Seconds(60), true, ref _rng);
        Assert.Equal(Time.Seconds(61.5), breaker.OpenUntil);
    }

    [Fact]
    public void Asking_for_fewer_probes_than_have_succeeded_closes_it()
    {
        var breaker = new CircuitBreaker(NoJitter with { Probes = 3 });
        Fail(breaker, 5, 0);
        breaker.TryAcquire(Time.Seconds(60), out _);
        breaker.OnSuccess(Time.Seconds(60), true);
        breaker.Configure(NoJitter);
        Assert.Equal(BreakerState.Closed, breaker.StateAt(Time.Seconds(60)));
    }

    [Fact]
    public void Switched_off_it_lets_all_through_and_counts_nothing()
    {
        var breaker = new CircuitBreaker(NoJitter);
        Fail(breaker, 5, 0);
        breaker.Configure(NoJitter with { Enabled = false });
        Assert.True(breaker.TryAcquire(0, out var isProbe));
        Assert.False(isProbe);
        Assert.Equal(BreakerState.Closed, breaker.StateAt(0));

        var other = new CircuitBreaker(NoJitter with { Enabled = false });
        Fail(other, 100, 0);
        other.Configure(NoJitter);
        Assert.False(other.WouldReject(0));
    }

    [Fact]
    public void Calls_allocate_nothing()
    {
        var breaker = new CircuitBreaker(NoJitter with { FailureRatePercent = 90 });
        Assert.Equal(0, Allocations.Of(() =>
        {
            breaker.TryAcquire(0, out var isProbe);
            breaker.OnFailure(0, isProbe, ref _rng);
            breaker.OnSuccess(0, isProbe);
        }));
    }

    private void Fail(CircuitBreaker breaker, int times, long now)
    {
        for (var i = 0; i < times; i++)
        {
            breaker.OnFailure(now, false, ref _rng);
        }
    }
}
