using Mesh.Policy.Balancing;
using Mesh.Policy.Breaking;

namespace Mesh.Policy.Tests.Balancing;

/// <summary>An endpoint that has just come gets a share that grows.</summary>
public class SlowStartTests
{
    private static readonly SlowStart ThirtySeconds = new(TimeSpan.FromSeconds(30), 10);

    public static TheoryData<BalancerKind> Kinds =>
        [BalancerKind.RoundRobin, BalancerKind.Random, BalancerKind.LeastRequest, BalancerKind.PeakEwma, BalancerKind.LeastConnections];

    [Theory]
    [InlineData(-5, 0.1)]
    [InlineData(0, 0.1)]
    [InlineData(3, 0.1)]
    [InlineData(15, 0.5)]
    [InlineData(30, 1)]
    [InlineData(1_000_000, 1)]
    public void The_share_grows_with_the_time(double seconds, double share) => Assert.Equal(share, ThirtySeconds.Share(0, Time.Seconds(seconds)), 3);

    [Theory]
    [MemberData(nameof(Kinds))]
    public void A_new_one_among_four_begins_with_a_tenth_of_its_share_and_comes_to_all_of_it(BalancerKind kind)
    {
        var (set, balancer) = Make(kind, 4);
        set.Endpoints[2].WarmingSince = 0;
        Assert.InRange(Share(set, balancer, 0), 0.01, 0.05);
        Assert.InRange(Share(set, balancer, Time.Seconds(15)), 0.10, 0.19);
        Assert.InRange(Share(set, balancer, Time.Seconds(30)), 0.22, 0.28);
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Where_all_are_new_each_has_its_share(BalancerKind kind)
    {
        var (set, balancer) = Make(kind, 4);
        foreach (var endpoint in set.Endpoints)
        {
            endpoint.WarmingSince = 0;
        }

        Assert.InRange(Share(set, balancer, 0), 0.2, 0.3);
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Without_it_a_new_one_has_its_share_at_once(BalancerKind kind)
    {
        var (set, balancer) = Make(kind, 4, SlowStart.None);
        set.Endpoints[2].WarmingSince = 0;
        Assert.InRange(Share(set, balancer, 0), 0.22, 0.28);
    }

    private static (EndpointSet Set, Balancer Balancer) Make(BalancerKind kind, int count, SlowStart? start = null)
    {
        var share = new EjectionShare(count, 50);
        var endpoints = Enumerable.Range(0, count).Select(i => new EndpointState($"e{i}", new CircuitBreaker(new BreakerOptions(), share)));
        return (new EndpointSet([.. endpoints], 50, share), Balancer.Create(new BalancingOptions { Kind = kind, SlowStart = start ?? ThirtySeconds }));
    }

    /// <summary>Of the third endpoint, of calls that take no time.</summary>
    private static double Share(EndpointSet set, Balancer balancer, long now)
    {
        var rng = new Rng(7);
        const int calls = 10_000;
        var hits = 0;
        for (var i = 0; i < calls; i++)
        {
            Assert.Equal(PickResult.Picked, balancer.Pick(set, new PickContext(now), ref rng, out var pick));
            hits += pick.Index == 2 ? 1 : 0;
        }

        return (double)hits / calls;
    }
}
