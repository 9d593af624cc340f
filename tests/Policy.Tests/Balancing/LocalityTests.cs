using Mesh.Policy.Balancing;
using Mesh.Policy.Breaking;

namespace Mesh.Policy.Tests.Balancing;

/// <summary>Near endpoints are called first, and what they cannot bear goes to the next.</summary>
public sealed class LocalityTests
{
    private static readonly string[] Places = ["eu/a", "eu/b", "us/a"];

    /// <summary>Ten endpoints in each of three places.</summary>
    private readonly EndpointState[] _endpoints;
    private readonly EjectionShare _share = new(30, 100);

    public LocalityTests() => _endpoints = [.. Enumerable.Range(0, 30).Select(i => new EndpointState($"e{i}", new CircuitBreaker(new BreakerOptions { Jitter = 0 }, _share))
    {
        Model = new EndpointModel { Locality = Places[i / 10] },
    })];

    public static TheoryData<BalancerKind> Kinds =>
        [BalancerKind.RoundRobin, BalancerKind.Random, BalancerKind.LeastRequest, BalancerKind.PeakEwma, BalancerKind.LeastConnections];

    [Theory]
    [InlineData("eu/a", "eu/a", LocalityPreference.Zone, 0)]
    [InlineData("eu/a", "eu/b", LocalityPreference.Zone, 1)]
    [InlineData("eu/a", "eu", LocalityPreference.Zone, 1)]
    [InlineData("eu/a", "us/a", LocalityPreference.Zone, 2)]
    [InlineData("eu/a", "", LocalityPreference.Zone, 2)]
    [InlineData("eu/a", "eu/b", LocalityPreference.Region, 0)]
    [InlineData("eu/a", "europe/a", LocalityPreference.Region, 2)]
    [InlineData("eu/a", "us/a", LocalityPreference.Any, 0)]
    [InlineData("", "us/a", LocalityPreference.Zone, 0)]
    public void How_far_one_is(string own, string other, LocalityPreference preference, int distance) =>
        Assert.Equal(distance, new Vantage(own, 0).Distance(other, preference));

    [Theory]
    [MemberData(nameof(Kinds))]
    public void While_the_own_zone_can_bear_it_it_has_all_calls_evenly(BalancerKind kind)
    {
        Fall(0, 2);
        var shares = Shares(kind, LocalityPreference.Zone, "eu/a");
        Assert.Equal([1, 0, 0], PerPlace(shares));
        Assert.All(shares[2..10], share => Assert.InRange(share, 0.08, 0.17));
    }

    /// <summary>Envoy's figures for priorities: 1.4 times the health.</summary>
    [Theory]
    [InlineData(5, 0, 0, 0.70, 0.30, 0)]
    [InlineData(8, 0, 0, 0.28, 0.72, 0)]
    [InlineData(10, 0, 0, 0, 1, 0)]
    [InlineData(10, 5, 0, 0, 0.70, 0.30)]
    [InlineData(10, 10, 0, 0, 0, 1)]
    public void What_it_cannot_bear_goes_to_the_region_and_then_to_all_others(int a, int b, int c, double first, double second, double third)
    {
        Fall(0, a);
        Fall(10, b);
        Fall(20, c);
        var places = PerPlace(Shares(BalancerKind.PeakEwma, LocalityPreference.Zone, "eu/a"));
        Assert.Equal([first, second, third], places, (expected, actual) => Math.Abs(expected - actual) < 0.02);
    }

    [Fact]
    public void An_open_circuit_counts_like_sickness_and_its_closing_brings_the_calls_back()
    {
        var rng = new Rng(1);
        for (var i = 0; i < 5; i++)
        {
            for (var failure = 0; failure < 5; failure++)
            {
                _endpoints[i].Breaker.OnFailure(0, 0, ref rng);
            }
        }

        var set = SetOf(LocalityPreference.Zone, "eu/a");
        Assert.Equal(0.70, PerPlace(Shares(set, BalancerKind.Random))[0], 0.02);
        for (var i = 0; i < 5; i++)
        {
            _endpoints[i].Breaker.Readmit(0);
        }

        Assert.Equal(1, PerPlace(Shares(set, BalancerKind.Random))[0]);
    }

    [Fact]
    public void Where_all_together_have_too_few_all_are_called_and_panic_holds()
    {
        Fall(0, 10);
        Fall(10, 10);
        Fall(20, 9);
        var places = PerPlace(Shares(BalancerKind.Random, LocalityPreference.Zone, "eu/a"));
        Assert.Equal(0.29, places[0], 0.03); // a third of what the one that is well cannot bear
        Assert.Equal(0.29, places[1], 0.03);
    }

    [Fact]
    public void A_retry_leaves_the_zone_where_nobody_else_is_in_it()
    {
        var endpoints = _endpoints[9..11];
        var set = new EndpointSet(endpoints, BalancingOptions.Default with { Locality = LocalityPreference.Zone }, _share, new Vantage("eu/a", 0));
        var rng = new Rng(1);
        var balancer = Balancer.Create(BalancingOptions.Default);
        Assert.Equal(PickResult.Picked, balancer.Pick(set, new PickContext(0) { Tried = endpoints.AsSpan()[..1], MayRepeat = true }, ref rng, out var pick));
        Assert.Equal(1, pick.Index);
    }

    [Fact]
    public void Without_a_preference_or_a_place_of_its_own_all_are_alike()
    {
        Assert.All(PerPlace(Shares(BalancerKind.Random, LocalityPreference.Any, "eu/a")), share => Assert.Equal(1 / 3.0, share, 0.02));
        Assert.All(PerPlace(Shares(BalancerKind.Random, LocalityPreference.Zone, "")), share => Assert.Equal(1 / 3.0, share, 0.02));
    }

    private void Fall(int from, int count)
    {
        foreach (var endpoint in _endpoints[from..(from + count)])
        {
            endpoint.Model = endpoint.Model with { IsHealthy = false };
        }
    }

    private EndpointSet SetOf(LocalityPreference preference, string own) =>
        new(_endpoints, BalancingOptions.Default with { Locality = preference }, _share, new Vantage(own, 0));

    private double[] Shares(BalancerKind kind, LocalityPreference preference, string own) => Shares(SetOf(preference, own), kind);

    private static double[] Shares(EndpointSet set, BalancerKind kind)
    {
        const int calls = 20_000;
        var rng = new Rng(9);
        var balancer = Balancer.Create(BalancingOptions.Default with { Kind = kind });
        var shares = new double[set.Endpoints.Length];
        for (var i = 0; i < calls; i++)
        {
            Assert.Equal(PickResult.Picked, balancer.Pick(set, new PickContext(0), ref rng, out var pick));
            shares[pick.Index] += 1.0 / calls;
        }

        return shares;
    }

    private static double[] PerPlace(double[] shares) => [.. shares.Chunk(10).Select(chunk => Math.Round(chunk.Sum(), 6))];
}
