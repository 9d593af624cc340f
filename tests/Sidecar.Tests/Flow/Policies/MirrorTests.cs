using Mesh.Policy.Balancing;
using Mesh.Policy.Routing;
using Mesh.Sidecar.Tests.Flow.Rig;
using static Mesh.Sidecar.Tests.Flow.Rig.FlowRig;
using Api = Mesh.V1;

namespace Mesh.Sidecar.Tests.Flow.Policies;

/// <summary>Copies of calls go where the route says, and the calls know nothing of it.</summary>
public sealed class MirrorTests
{
    [Theory]
    [InlineData(100, 20)]
    [InlineData(0, 0)]
    public void So_many_of_the_calls_are_copied(double percent, int copies)
    {
        var rig = Rig(percent);
        var caller = rig.Caller();
        caller.Call();
        var up = rig.Servers[0].Accept();
        var shadow = rig.Servers[1].HasPending ? rig.Servers[1].Accept() : null;
        for (var i = 1; i < 20; i++)
        {
            caller.Call();
        }

        Assert.Equal(20, up.Take().Count(frame => frame.StartsWith("HEADERS", StringComparison.Ordinal)));
        Assert.Equal(copies, shadow?.Take().Count(frame => frame.StartsWith("HEADERS", StringComparison.Ordinal)) ?? 0);
    }

    [Fact]
    public void What_becomes_of_the_copy_is_nobodys_concern()
    {
        var rig = Rig(100);
        var (caller, up) = (rig.Caller(), default(ServerConnection));
        caller.Call();
        up = rig.Servers[0].Accept();
        var shadow = rig.Servers[1].Accept();
        shadow.Send(ServerConnection.TrailersOnly(1, "grpc-status: 13"));
        caller.Reads();
        up.Take();
        up.Answer(1);
        caller.Reads("HEADERS 1 :status=200 content-type=application/grpc", "DATA 1 15", "HEADERS 1 grpc-status=0 end");
        rig.AssertAtRest();
    }

    [Fact]
    public void A_copy_takes_a_place_among_the_calls_under_way_and_is_not_made_where_there_is_none()
    {
        var rig = Rig(100, mostUnderWay: 3);
        var caller = rig.Caller();
        caller.Call();
        var (up, shadow) = (rig.Servers[0].Accept(), rig.Servers[1].Accept());
        Assert.Equal(2, rig.Cluster.Limit.Requests);
        caller.Call(); // the third place, and none for its copy
        Assert.Equal((2, 1), (Heads(up), Heads(shadow)));
        shadow.Answer(1);
        Assert.Equal(2, rig.Cluster.Limit.Requests);
        up.Answer(1);
        up.Answer(3);
        caller.Take();
        rig.AssertAtRest();
    }

    private static int Heads(ServerConnection server) => server.Take().Count(frame => frame.StartsWith("HEADERS", StringComparison.Ordinal));

    private static FlowRig Rig(double percent, int mostUnderWay = 10_000)
    {
        var mirror = new MirrorOptions { Subset = new EndpointSubset("v2", []), Percent = percent };
        var rig = new FlowRig(servers: 2, policy: Plain with
        {
            Limits = Plain.Limits with { MaxConcurrentRequests = mostUnderWay },
            Routes = [new RouteOptions { Name = "all", Backends = [new BackendOptions { Subset = new EndpointSubset("v1", []) }], Mirror = mirror }],
        });
        rig.Publish((Api.Endpoint[])[.. rig.Servers.Select((server, i) => new Api.Endpoint { Id = server.Address, Address = server.Address, Version = $"v{i + 1}" })]);
        return rig;
    }
}
