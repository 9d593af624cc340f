using Mesh.Sidecar.Tests.Flow.Rig;

namespace Mesh.Sidecar.Tests.Flow;

/// <summary>An endpoint that has left the registry takes no new connections, and no call is lost to it.</summary>
public sealed class RetirementTests
{
    [Fact]
    public void A_call_that_waits_for_a_connection_to_it_goes_elsewhere_at_once()
    {
        var rig = new FlowRig(servers: 2);
        var caller = rig.Caller();
        caller.Call();
        var gone = rig.Wanted(); // and it says nothing
        var other = rig.Other(gone);
        rig.Publish(other);
        Assert.True(gone.IsGivenUp);
        var up = other.Accept();
        up.Take();
        up.Answer(1);
        Assert.Equal("HEADERS 1 grpc-status=0 end", caller.Take()[^1]);
        Assert.Equal(1, gone.Attempts);
        rig.AssertAtRest();
    }

    [Fact]
    public void A_call_that_has_begun_there_ends_there()
    {
        var rig = new FlowRig(servers: 2);
        var (caller, server, up) = rig.Begin();
        rig.Publish(rig.Other(server));
        up.Answer(1);
        Assert.Equal("HEADERS 1 grpc-status=0 end", caller.Take()[^1]);
        Assert.Equal(1, server.Attempts);
        rig.AssertAtRest();
    }

    [Fact]
    public void A_call_that_has_nowhere_else_to_go_is_served_and_the_connection_then_closed()
    {
        var rig = new FlowRig();
        var caller = rig.Caller();
        caller.Call();
        rig.Publish();
        var up = rig.Servers[0].Accept();
        up.Take();
        up.Answer(1);
        Assert.Equal("HEADERS 1 grpc-status=0 end", caller.Take()[^1]);
        Assert.True(up.IsClosed);
        rig.AssertAtRest();
    }
}
