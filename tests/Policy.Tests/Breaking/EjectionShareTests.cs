using Mesh.Policy.Balancing;
using Mesh.Policy.Breaking;
using Mesh.Policy.Outcomes;
using Mesh.Policy.Tests.Balancing;

namespace Mesh.Policy.Tests.Breaking;

/// <summary>Breakers never empty a service: at most a share of its endpoints is out by them.</summary>
public class EjectionShareTests
{
    public static TheoryData<BalancerKind> Kinds => [.. Enum.GetValues<BalancerKind>()];

    [Theory]
    [InlineData(1, 50, 0)]
    [InlineData(2, 50, 1)]
    [InlineData(3, 50, 1)]
    [InlineData(10, 50, 5)]
    [InlineData(3, 34, 1)]
    [InlineData(3, 33, 0)]
    [InlineData(10, 0, 0)]
    [InlineData(10, 99, 9)]
    [InlineData(1, 100, 1)]
    [InlineData(10, 100, 10)]
    public void At_most_the_share_rounded_down_is_out_however_many_fail(int endpoints, int percent, int expected)
    {
        var cluster = new Cluster(endpoints, BalancerKind.RoundRobin, panicPercent: 0, maxEjection: percent);
        cluster.Break([.. Enumerable.Range(0, endpoints)]);
        Assert.Equal(expected, cluster.Endpoints.Count(e => !e.Breaker.IsClosed));
        Assert.Equal(endpoints - expected, cluster.Endpoints.Count(e => e.Breaker.Overflows == 1));
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void A_lone_endpoint_stays_in_by_default_and_goes_out_at_100(BalancerKind kind)
    {
        var cluster = new Cluster(1, kind, maxEjection: BreakerOptions.Default.MaxEjectionPercent);
        cluster.Break(0, 0, 0);
        Assert.Equal([100], cluster.Shares(100));
        var classic = new Cluster(1, kind);
        classic.Break(0);
        Assert.Equal(PickResult.AllBroken, classic.Pick(out _));
    }

    [Fact]
    public void When_one_closes_another_may_open()
    {
        var cluster = new Cluster(2, BalancerKind.RoundRobin, maxEjection: 50);
        cluster.Break(0, 1);
        var (first, second) = (cluster.Endpoints[0].Breaker, cluster.Endpoints[1].Breaker);
        Assert.True(first.TryAcquire(Time.Seconds(60), out var probe));
        second.OnFailure(Time.Seconds(60), 0, ref cluster.Rng);
        Assert.True(second.IsClosed); // half open is out: all it gets is probes
        first.OnSuccess(Time.Seconds(61), probe);
        second.OnFailure(Time.Seconds(61), 0, ref cluster.Rng);
        Assert.False(second.IsClosed);
        Assert.Equal(1, cluster.Share.Ejected);
    }

    [Fact]
    public void An_opening_that_cannot_be_is_told_once_for_the_time_that_it_would_have_lasted()
    {
        var told = new List<CircuitChange>();
        var rng = new Rng(1);
        var breaker = new CircuitBreaker(new BreakerOptions { Jitter = 0 }, new EjectionShare(1, 50), told.Add);
        var cause = Outcome.FromGrpc(GrpcStatus.Unavailable);
        for (var i = 0; i < 100; i++)
        {
            breaker.OnFailure(Time.Seconds(1), 0, ref rng, cause: cause);
        }

        Assert.Equal([new CircuitChange(CircuitChangeKind.Overflowed, 5, cause, Time.Seconds(60))], told);
        breaker.OnFailure(Time.Seconds(61), 0, ref rng, cause: cause);
        Assert.Equal(2, breaker.Overflows);
    }

    [Fact]
    public void An_endpoint_that_goes_away_gives_its_place_to_others_and_takes_none_any_more()
    {
        var cluster = new Cluster(2, BalancerKind.RoundRobin, maxEjection: 50);
        cluster.Break(0);
        cluster.Endpoints[0].Breaker.Retire();
        cluster.Break(0, 1);
        Assert.True(cluster.Endpoints[0].Breaker.IsClosed);
        Assert.False(cluster.Endpoints[1].Breaker.IsClosed);
        Assert.Equal(1, cluster.Share.Ejected);
    }

    [Fact]
    public void With_fewer_endpoints_more_may_be_out_than_may_and_one_that_is_readmitted_can_open_again()
    {
        var cluster = new Cluster(4, BalancerKind.RoundRobin, maxEjection: 50);
        cluster.Break(0, 1);
        cluster.Share.Configure(2, 50);
        Assert.Equal(1, cluster.Share.Excess);
        cluster.Endpoints[0].Breaker.Readmit(Time.Seconds(1));
        Assert.Equal(0, cluster.Share.Excess);
        cluster.Share.Configure(4, 50);
        for (var i = 0; i < 5; i++)
        {
            cluster.Endpoints[0].Breaker.OnFailure(Time.Seconds(2), 0, ref cluster.Rng);
        }

        Assert.Equal((2, 0), (cluster.Share.Ejected, cluster.Share.Excess));
    }

    [Fact]
    public void Switched_off_breakers_give_their_places_back()
    {
        var cluster = new Cluster(2, BalancerKind.RoundRobin, maxEjection: 50);
        cluster.Break(0);
        cluster.Endpoints[0].Breaker.Configure(new BreakerOptions { Enabled = false }, 0);
        Assert.Equal(0, cluster.Share.Ejected);
    }

    [Fact]
    public void The_bound_holds_while_endpoints_fail_and_recover_on_many_threads()
    {
        var share = new EjectionShare(10, 50);
        var options = new BreakerOptions { ConsecutiveFailures = 1, Jitter = 0, Open = TimeSpan.FromMilliseconds(1), MaxOpen = TimeSpan.FromMilliseconds(1) };
        var breakers = Enumerable.Range(0, 10).Select(_ => new CircuitBreaker(options, share)).ToArray();
        var most = 0;
        Threads.Run(8, thread =>
        {
            var rng = new Rng((ulong)thread);
            for (var i = 0; i < 20_000; i++)
            {
                var now = Time.Millis(i);
                var breaker = breakers[rng.NextInt(10)];
                if (breaker.TryAcquire(now, out var probe) && rng.NextInt(2) == 0)
                {
                    breaker.OnFailure(now, probe, ref rng);
                }
                else
                {
                    breaker.OnSuccess(now, probe);
                }

                most = Math.Max(most, share.Ejected);
            }
        });
        Assert.InRange(most, 1, 5);
        Assert.Equal(breakers.Count(breaker => !breaker.IsClosed), share.Ejected);
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Open_circuits_count_for_panic_as_sick_endpoints_do_and_then_all_are_used(BalancerKind kind)
    {
        var cluster = new Cluster(10, kind, maxEjection: 50, prepare: e => e[0].Healthy = e[1].Healthy = e[2].Healthy = false);
        cluster.Break(3, 4);
        Assert.False(cluster.Set.Panic);
        Assert.All(cluster.Shares(1000)[..5], share => Assert.Equal(0, share));
        cluster.Break(5);
        Assert.True(cluster.Set.Panic);
        Assert.All(cluster.Shares(2000), share => Assert.True(share > 0));

        // And back, in the same set: the circuit closes.
        cluster.Endpoints[5].Breaker.Readmit(0);
        Assert.Equal(0, cluster.Shares(1000)[0]);
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Without_panic_sick_endpoints_and_open_circuits_still_do_not_add_up_to_nobody(BalancerKind kind)
    {
        var cluster = new Cluster(4, kind, panicPercent: 0, maxEjection: 50, prepare: e => e[0].Healthy = e[1].Healthy = false);
        cluster.Break(2, 3);
        var shares = cluster.Shares(1000);
        Assert.Equal([0, 0], shares[..2]);
        Assert.All(shares[2..], share => Assert.True(share > 0));
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void In_panic_circuits_still_get_their_probes(BalancerKind kind)
    {
        var cluster = new Cluster(2, kind, panicPercent: 100, maxEjection: 50);
        cluster.Break(0);
        var probe = 0;
        for (var i = 0; i < 200; i++)
        {
            Assert.Equal(PickResult.Picked, cluster.Pick(out var index, Time.Seconds(60)));
            probe = index == 0 && cluster.LastProbe != 0 ? cluster.LastProbe : probe;
        }

        cluster.Endpoints[0].Breaker.OnSuccess(Time.Seconds(60), probe);
        Assert.True(cluster.Endpoints[0].Breaker.IsClosed);
    }

    [Fact]
    public void Picks_allocate_nothing_while_circuits_change()
    {
        var cluster = new Cluster(4, BalancerKind.PeakEwma, maxEjection: 50);
        Assert.Equal(0, Allocations.Of(() =>
        {
            cluster.Share.Configure(4, 50); // another version
            cluster.Balancer.Pick(cluster.Set, new PickContext(0), ref cluster.Rng, out _);
        }));
    }
}
