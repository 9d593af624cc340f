using Mesh.Policy.Balancing;
using Mesh.Policy.Breaking;
using Mesh.Policy.Ejecting;
using Mesh.Policy.Tests.Balancing;

namespace Mesh.Policy.Tests.Ejecting;

/// <summary>Endpoints that do worse are out for a time, and come back.</summary>
public sealed class OutlierSweepTests
{
    private static readonly EjectionOptions Options = new() { FailurePercentage = new FailurePercentageOptions(Threshold: 50, MinHosts: 2, RequestVolume: 10) };

    private readonly Cluster _cluster = new(5, BalancerKind.Random, maxEjection: 40);
    private readonly OutlierSweep _sweep = new();
    private long _now;

    [Fact]
    public void One_that_fails_is_out_for_the_base_time_and_then_probed()
    {
        Interval(bad: [3]);
        Assert.Equal([3], Out());
        Assert.Equal(1, _cluster.Endpoints[3].Breaker.Ejected);
        Assert.Equal(_now + Time.Seconds(30), _cluster.Endpoints[3].Breaker.OpenUntil);
        Assert.True(_cluster.Endpoints[3].Breaker.TryAcquire(_now + Time.Seconds(30), out var probe));
        _cluster.Endpoints[3].Breaker.OnSuccess(_now + Time.Seconds(31), probe);
        Assert.Empty(Out());
    }

    [Fact]
    public void Each_time_in_a_row_it_is_out_for_longer_up_to_the_longest_and_good_intervals_shorten_it()
    {
        for (var round = 1; round <= 12; round++)
        {
            Interval(bad: [0]);
            Assert.Equal(Math.Min(30 * round, 300), OpenSeconds());
            _cluster.Endpoints[0].Breaker.Readmit(_now);
        }

        for (var round = 0; round < 20; round++)
        {
            Interval(bad: []);
        }

        Interval(bad: [0]);
        Assert.Equal(30, OpenSeconds());

        double OpenSeconds() => TimeSpan.FromTicks(_cluster.Endpoints[0].Breaker.OpenUntil - _now).TotalSeconds;
    }

    [Fact]
    public void No_more_are_out_than_may_be_breakers_included_and_the_worst_go_first()
    {
        _cluster.Break(4);
        Interval(bad: [1, 2], worst: 2);
        Assert.Equal([2, 4], Out());
        Assert.Equal(1, _cluster.Endpoints[1].Breaker.Overflows);
    }

    [Fact]
    public void Between_two_intervals_nothing_happens_and_each_judges_its_own_calls()
    {
        Interval(bad: []);
        Call(0, successes: 0, failures: 10);
        _sweep.Run(_cluster.Set.Endpoints, Options, _now + Time.Seconds(9.9));
        Assert.Empty(Out());
        Interval(bad: []);
        Assert.Empty(Out()); // 10 failures of 30

        Call(0, successes: 0, failures: 10);
        _now += Time.Seconds(10);
        _sweep.Run(_cluster.Set.Endpoints, Options, _now);
        Assert.Empty(Out()); // nobody to compare it with has had calls
    }

    [Fact]
    public void Endpoints_that_come_and_go_are_judged_by_what_they_did_since()
    {
        Interval(bad: []);
        var share = new EjectionShare(5, 40);
        EndpointState[] others = [_cluster.Endpoints[0], .. Enumerable.Range(0, 4).Select(i => new EndpointState($"n{i}", new CircuitBreaker(new BreakerOptions(), share)))];
        foreach (var endpoint in others)
        {
            Call(endpoint, 20, 0);
        }

        Call(others[2], 0, 30);
        _now += Time.Seconds(10);
        _sweep.Run(others, Options, _now);
        Assert.Equal([false, false, true, false, false], others.Select(endpoint => !endpoint.Breaker.IsClosed));
    }

    private int[] Out() => [.. Enumerable.Range(0, 5).Where(i => !_cluster.Endpoints[i].Breaker.IsClosed)];

    private void Interval(int[] bad, int worst = -1)
    {
        for (var i = 0; i < 5; i++)
        {
            var failures = i == worst ? 20 : bad.Contains(i) ? 15 : 0;
            Call(i, 20 - failures, failures);
        }

        _now += Time.Seconds(10);
        _sweep.Run(_cluster.Set.Endpoints, Options, _now);
    }

    private void Call(int index, int successes, int failures) => Call(_cluster.Endpoints[index], successes, failures);

    private static void Call(EndpointState endpoint, int successes, int failures)
    {
        for (var i = 0; i < successes + failures; i++)
        {
            endpoint.Load.Started();
            endpoint.Load.Finished(0, Time.Millis(1), i < successes, Time.Seconds(10));
        }
    }
}
