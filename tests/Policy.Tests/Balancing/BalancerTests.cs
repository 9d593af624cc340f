using Mesh.Policy.Balancing;
using Mesh.Policy.Breaking;

namespace Mesh.Policy.Tests.Balancing;

public class BalancerTests
{
    public static TheoryData<BalancerKind> Kinds => [.. Enum.GetValues<BalancerKind>()];

    [Theory]
    [MemberData(nameof(Kinds))]
    public void An_unhealthy_endpoint_is_never_picked(BalancerKind kind)
    {
        var cluster = new Cluster(4, kind, prepare: e => e[1].Healthy = false);
        Assert.Equal(0, cluster.Shares(1000)[1]);

        // Nor one that falls ill between two snapshots.
        cluster.Endpoints[2].Healthy = false;
        Assert.Equal(0, cluster.Shares(1000)[2]);
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void When_all_have_fallen_ill_between_two_snapshots_calls_go_on_until_the_next_one_decides(BalancerKind kind)
    {
        var cluster = new Cluster(2, kind);
        cluster.Endpoints[0].Healthy = cluster.Endpoints[1].Healthy = false;
        Assert.All(cluster.Shares(1000), share => Assert.True(share > 100));
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Below_the_panic_threshold_health_is_ignored_but_classic_breakers_hold(BalancerKind kind)
    {
        var cluster = new Cluster(4, kind, prepare: e => e[0].Healthy = e[1].Healthy = e[2].Healthy = false);
        cluster.Break(3);
        var shares = cluster.Shares(1000);
        Assert.Equal(0, shares[3]);
        Assert.All(shares[..3], share => Assert.True(share > 100));
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void At_the_panic_threshold_health_still_counts(BalancerKind kind)
    {
        var cluster = new Cluster(4, kind, prepare: e => e[0].Healthy = e[1].Healthy = false);
        Assert.Equal([0, 0], cluster.Shares(100)[..2]);
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void What_cannot_be_picked_is_said_by_its_cause(BalancerKind kind)
    {
        Assert.Equal(PickResult.NoEndpoints, new Cluster(0, kind).Pick(out var index));
        Assert.Equal(-1, index);

        var ill = new Cluster(3, kind, panicPercent: 0, prepare: all => Array.ForEach(all, e => e.Healthy = false));
        Assert.Equal(PickResult.NoneHealthy, ill.Pick(out index));
        Assert.Equal(-1, index);

        var broken = new Cluster(3, kind, panicPercent: 0, prepare: all => all[2].Healthy = false);
        broken.Break(0, 1);
        Assert.Equal(PickResult.AllBroken, broken.Pick(out _));

        var tried = new Cluster(3, kind);
        tried.Break(2);
        Assert.Equal(PickResult.AllTried, tried.Pick(out _, tried: [0, 1]));
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void A_retry_goes_to_another_endpoint_and_back_only_if_allowed_and_nothing_else_is_left(BalancerKind kind)
    {
        var cluster = new Cluster(3, kind);
        for (var i = 0; i < 200; i++)
        {
            Assert.Equal(PickResult.Picked, cluster.Pick(out var index, tried: [0, 2], allowTried: true));
            Assert.Equal(1, index);
        }

        cluster.Break(1);
        Assert.Equal(PickResult.Picked, cluster.Pick(out var again, tried: [0, 2], allowTried: true));
        Assert.NotEqual(1, again);
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void A_broken_endpoint_gets_one_probe_when_its_time_is_over_and_then_its_share_again(BalancerKind kind)
    {
        var cluster = new Cluster(3, kind);
        cluster.Break(0);
        Assert.Equal(0, cluster.Shares(300, Time.Seconds(59))[0]);

        var probes = 0;
        for (var i = 0; i < 300; i++)
        {
            cluster.Pick(out var index, Time.Seconds(60));
            probes += index == 0 ? 1 : 0;
            Assert.Equal(index == 0, cluster.LastProbe != 0);
        }

        Assert.Equal(1, probes);
        cluster.Endpoints[0].Breaker.OnSuccess(Time.Seconds(60), 1);
        Assert.InRange(cluster.Shares(3000, Time.Seconds(60))[0], 850, 1150);
    }

    [Theory]
    [InlineData(BalancerKind.PeakEwma)]
    [InlineData(BalancerKind.LeastRequest)]
    public void The_due_probe_is_sent_though_the_endpoint_looks_bad(BalancerKind kind)
    {
        var cluster = new Cluster(2, kind);
        foreach (var (endpoint, millis) in cluster.Endpoints.Zip([5000, 1]))
        {
            endpoint.Load.Started();
            endpoint.Load.Finished(Time.Seconds(59), Time.Millis(millis), true, Time.Seconds(10));
        }

        cluster.Endpoints[0].Load.Started();
        cluster.Break(0);
        Assert.Equal(PickResult.Picked, cluster.Pick(out var index, Time.Seconds(60)));
        Assert.Equal(0, index);
        Assert.Equal(BreakerState.HalfOpen, cluster.Endpoints[0].Breaker.StateAt(Time.Seconds(60)));
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void A_lone_usable_endpoint_among_ten_thousand_is_found(BalancerKind kind)
    {
        var cluster = new Cluster(10_000, kind);
        cluster.Break([.. Enumerable.Range(0, 10_000).Where(i => i != 1234)]);
        Assert.Equal(PickResult.Picked, cluster.Pick(out var index));
        Assert.Equal(1234, index);
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Picking_allocates_nothing(BalancerKind kind)
    {
        var cluster = new Cluster(100, kind, prepare: all => all[5].Weight = 300);
        cluster.Break(3);
        EndpointState[] tried = [cluster.Endpoints[1]];
        Assert.Equal(0, Allocations.Of(() =>
        {
            cluster.Balancer.Pick(cluster.Set, new PickContext(0) { Tried = tried, MayRepeat = true }, ref cluster.Rng, out var pick);
            var load = cluster.Endpoints[pick.Index].Load;
            load.Started();
            load.Finished(Time.Millis(1), Time.Millis(1), true, Time.Seconds(10));
        }));
    }
}
