using Mesh.Policy.Balancing;
using Mesh.Policy.Breaking;

namespace Mesh.Policy.Tests.Balancing;

/// <summary>Of very many endpoints each sidecar calls some, and each others.</summary>
public sealed class VantageTests
{
    private static readonly BalancingOptions Twenty = BalancingOptions.Default with { SubsetSize = 20 };

    [Fact]
    public void So_many_are_called_and_no_more_the_same_every_time()
    {
        var set = SetOf(Make(100), Twenty, seed: 1);
        Assert.Equal(20, set.Count);
        Assert.Equal(100, set.Endpoints.Length);
        var called = Called(set);
        Assert.Equal(20, called.Count);
        Assert.Equal(called, Called(SetOf(Make(100), Twenty, seed: 1)));
        Assert.Equal(called, Picked(set));
    }

    [Fact]
    public void With_fewer_or_without_it_all_are()
    {
        Assert.Equal(20, SetOf(Make(20), Twenty, seed: 1).Count);
        Assert.Equal(100, SetOf(Make(100), BalancingOptions.Default, seed: 1).Count);
    }

    /// <summary>Property: over many sidecars every endpoint has callers, about as many as the others.</summary>
    [Fact]
    public void Each_sidecar_calls_others_so_that_every_endpoint_has_its_share_of_callers()
    {
        var callers = new Dictionary<string, int>();
        for (ulong seed = 0; seed < 500; seed++)
        {
            foreach (var id in Called(SetOf(Make(100), Twenty, seed)))
            {
                callers[id] = callers.GetValueOrDefault(id) + 1;
            }
        }

        // 100 on average, with a standard deviation of 9.
        Assert.Equal(100, callers.Count);
        Assert.All(callers.Values, count => Assert.InRange(count, 60, 140));
    }

    /// <summary>Property: one that comes or goes changes one place at most.</summary>
    [Fact]
    public void One_that_goes_changes_one_place()
    {
        for (ulong seed = 0; seed < 50; seed++)
        {
            var all = Make(60);
            var before = Called(SetOf(all, Twenty, seed));
            var after = Called(SetOf([.. all.Where((_, i) => i != (int)seed)], Twenty, seed));
            Assert.InRange(before.Except(after).Count(), 0, 1);
            Assert.Equal(20, after.Count);
        }
    }

    [Fact]
    public void Those_that_are_well_come_first_and_then_those_that_are_near()
    {
        var all = Make(40);
        for (var i = 0; i < 30; i++)
        {
            all[i].Model = new EndpointModel { IsHealthy = false };
        }

        Assert.Subset(Called(SetOf(all, Twenty, seed: 1)), all[30..].Select(endpoint => endpoint.Id).ToHashSet());

        var near = Make(40);
        for (var i = 0; i < 40; i++)
        {
            near[i].Model = new EndpointModel { Locality = i % 4 == 0 ? "eu/a" : i % 4 == 1 ? "eu/b" : "us/a" };
        }

        var called = Called(new EndpointSet(near, Twenty with { Locality = LocalityPreference.Zone }, new EjectionShare(40, 50), new Vantage("eu/a", 7)));
        Assert.Equal(near.Where((_, i) => i % 4 < 2).Select(endpoint => endpoint.Id).ToHashSet(), called);
    }

    private static EndpointSet SetOf(EndpointState[] endpoints, BalancingOptions options, ulong seed) =>
        new(endpoints, options, new EjectionShare(endpoints.Length, 50), new Vantage("", seed));

    private static HashSet<string> Called(EndpointSet set)
    {
        var called = new HashSet<string>();
        for (var i = 0; i < set.Endpoints.Length; i++)
        {
            if (set.IsCalled(i))
            {
                called.Add(set.Endpoints[i].Id);
            }
        }

        return called;
    }

    private static HashSet<string> Picked(EndpointSet set)
    {
        var balancer = Balancer.Create(BalancingOptions.Default with { Kind = BalancerKind.RoundRobin });
        var rng = new Rng(5);
        var picked = new HashSet<string>();
        for (var i = 0; i < 200; i++)
        {
            Assert.Equal(PickResult.Picked, balancer.Pick(set, new PickContext(0), ref rng, out var pick));
            picked.Add(set.Endpoints[pick.Index].Id);
        }

        return picked;
    }

    private static EndpointState[] Make(int count) => [.. Enumerable.Range(0, count).Select(i => new EndpointState($"e{i}", new CircuitBreaker(new BreakerOptions())))];
}
