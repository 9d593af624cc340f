using Mesh.Policy.Balancing;
using Mesh.Policy.Balancing.Hashing;
using Mesh.Policy.Routing;
using Mesh.Sidecar.Tests.Flow.Rig;
using static Mesh.Sidecar.Tests.Flow.Rig.FlowRig;
using Api = Mesh.V1;

namespace Mesh.Sidecar.Tests.Flow.Policies;

/// <summary>Calls of one caller go to the same one of several backends.</summary>
public sealed class StickyTests
{
    [Fact]
    public void A_caller_stays_with_its_backend_over_snapshots_and_others_are_spread()
    {
        var rig = new FlowRig(servers: 2, policy: Plain with
        {
            Routes = [new RouteOptions { Name = "r", Backends = [Of("v1"), Of("v2")], HashOn = [new(HashSource.Header, "x-user")] }],
        });
        Publish(rig);
        var caller = rig.Caller();
        caller.Call(more: "x-user: ann");
        var mine = rig.Wanted();
        for (var i = 0; i < 20; i++)
        {
            caller.Call(more: "x-user: ann");
            Publish(rig);
        }

        Assert.False(rig.Other(mine).HasPending);
        for (var i = 0; i < 20; i++)
        {
            caller.Call(more: $"x-user: user-{i}");
        }

        Assert.True(rig.Other(mine).HasPending);
    }

    private static void Publish(FlowRig rig) =>
        rig.Publish((Api.Endpoint[])[.. rig.Servers.Select((server, i) => new Api.Endpoint { Id = server.Address, Address = server.Address, Version = $"v{i + 1}" })]);

    private static BackendOptions Of(string version) => new() { Subset = new EndpointSubset(version, []) };
}
