using Mesh.Policy.Balancing;
using Mesh.Policy.Breaking;
using Mesh.Policy.Routing;
using Mesh.Sidecar.Tests.Flow.Rig;
using static Mesh.Sidecar.Tests.Flow.Rig.FlowRig;
using Api = Mesh.V1;

namespace Mesh.Sidecar.Tests.Flow.Policies;

/// <summary>Which of a service's endpoints a sidecar calls at all, and which rather than others.</summary>
public sealed class NearnessTests
{
    [Fact]
    public void With_a_subset_size_connections_are_made_to_so_many_and_others_stand_in_for_those_that_fall_ill()
    {
        var rig = new FlowRig(10, With(new BalancingOptions { Kind = BalancerKind.RoundRobin, SubsetSize = 3 }));
        var first = Reached(rig);
        Assert.Equal(3, first.Count);

        rig.Publish(Said(rig, sick: first[0]));
        var then = Reached(rig);
        Assert.Single(then.Except(first));
        Assert.Equal(4, rig.Servers.Count(server => server.Attempts > 0));
    }

    [Fact]
    public void An_endpoint_that_is_no_longer_called_holds_no_place_among_those_that_are_out()
    {
        var rig = new FlowRig(4, With(new BalancingOptions { Kind = BalancerKind.RoundRobin, SubsetSize = 2 }, new BreakerOptions { ConsecutiveFailures = 1 }));
        var caller = rig.Caller();
        caller.Call();
        var bad = rig.Wanted();
        bad.Refuse();
        Assert.Equal(BreakerState.Open, bad.BreakerAt(rig.Loop.Now));
        rig.Publish(Said(rig, sick: bad));
        Assert.Equal(BreakerState.Closed, bad.BreakerAt(rig.Loop.Now));
    }

    [Fact]
    public void A_route_finds_its_instances_among_all()
    {
        var rig = new FlowRig(10, With(new BalancingOptions { SubsetSize = 1 }) with
        {
            Routes = [new RouteOptions { Name = "v2", Match = RouteMatchOptions.Any, Backends = [new BackendOptions { Subset = new EndpointSubset("v2", []) }] }],
        });
        for (var i = 0; i < 10; i++)
        {
            var only = i;
            rig.Publish([.. rig.Servers.Select((server, at) => new Api.Endpoint { Id = server.Address, Address = server.Address, Version = at == only ? "v2" : "v1" })]);
            rig.Caller().Call();
            Assert.Equal(1, rig.Servers[only].Attempts);
        }
    }

    private static ServicePolicyOptions With(BalancingOptions balancing, BreakerOptions? breaker = null) =>
        Plain with { Balancing = balancing, Breaker = breaker ?? BreakerOptions.Default };

    private static List<Api.Endpoint> Said(FlowRig rig, Server sick) =>
    [
        .. rig.Servers.Select(server => new Api.Endpoint
        {
            Id = server.Address,
            Address = server.Address,
            Status = server == sick ? Api.ServiceStatus.Unhealthy : Api.ServiceStatus.Healthy,
        }),
    ];

    /// <summary>Those that calls reach.</summary>
    private static List<Server> Reached(FlowRig rig)
    {
        var caller = rig.Caller();
        var before = rig.Servers.Select(server => server.Endpoint.State.Load.Picks).ToArray();
        for (var i = 0; i < 30; i++)
        {
            caller.Call();
        }

        return [.. rig.Servers.Where((server, i) => server.Endpoint.State.Load.Picks > before[i])];
    }
}
