using Mesh.Conformance.Peer;
using Mesh.Policy.Breaking;
using Mesh.Policy.Routing;
using Mesh.Sidecar.Tests.Flow.Rig;
using Mesh.Wire.Http2.Frames;
using static Mesh.Sidecar.Tests.Flow.Rig.FlowRig;
using static Mesh.Sidecar.Tests.Flow.Rig.ServerConnection;

namespace Mesh.Sidecar.Tests.Flow;

/// <summary>What opens the circuit of an endpoint, and what does not.</summary>
public sealed class BlameTests
{
    private static readonly ServicePolicyOptions Classic = Plain with { Breaker = new BreakerOptions { MaxEjectionPercent = 100 } };

    [Theory]
    [InlineData("1n")]
    [InlineData("5m")]
    public void Deadlines_too_short_for_a_server_that_is_well_open_nothing(string timeout)
    {
        var rig = new FlowRig(policy: Classic);
        var (caller, server, up) = rig.Begin();
        up.Answer(1);
        for (uint id = 3; id < 43; id += 2)
        {
            caller.Call(more: $"grpc-timeout: {timeout}");
            rig.Advance(20);
        }

        Assert.All(caller.Take(), line => Assert.True(line.Contains("grpc-status=0", StringComparison.Ordinal) || line.Contains("grpc-status=4", StringComparison.Ordinal) || !line.Contains("grpc-status", StringComparison.Ordinal), line));
        Assert.Equal((BreakerState.Closed, 0L), (server.BreakerAt(rig.Loop.Now), server.Load.Bad));
        rig.AssertAtRest();
    }

    [Theory]
    [InlineData("reset")]
    [InlineData("answered")]
    public void Nor_do_they_where_the_server_notices_first(string how)
    {
        var rig = new FlowRig(policy: Classic);
        var (caller, server, up) = rig.Begin();
        up.Answer(1);
        for (uint id = 3; id < 43; id += 2)
        {
            caller.Call(more: "grpc-timeout: 1n");
            rig.Advance(TimeSpan.FromMicroseconds(50)); // less than the timer notices
            up.Send(how == "reset" ? Frames.RstStream(id, ErrorCode.Cancel) : TrailersOnly(id, "grpc-status: 4"));
        }

        Assert.Equal((BreakerState.Closed, 0L), (server.BreakerAt(rig.Loop.Now), server.Load.Bad));
        caller.Take();
        rig.AssertAtRest();
    }

    [Fact]
    public void A_server_that_falls_silent_is_found_out_by_its_callers_deadlines()
    {
        var rig = new FlowRig(policy: Classic);
        var (caller, server, up) = rig.Begin();
        up.Answer(1);
        for (uint id = 3; id < 43; id += 2)
        {
            caller.Call();
            up.Answer(id);
        }

        for (var i = 0; i < 5; i++)
        {
            caller.Call(more: "grpc-timeout: 1S");
            rig.Advance(1001);
        }

        Assert.Equal(BreakerState.Open, server.BreakerAt(rig.Loop.Now));
        rig.AssertAtRest();
    }

    [Fact]
    public void A_limit_that_the_mesh_has_set_does_without_a_record()
    {
        var rig = new FlowRig(policy: Classic with { Timeouts = new TimeoutOptions { Request = TimeSpan.FromMilliseconds(100) } });
        var (caller, server, _) = rig.Begin();
        for (var i = 0; i < 5; i++)
        {
            rig.Advance(101);
            caller.Call();
        }

        Assert.Equal(BreakerState.Open, server.BreakerAt(rig.Loop.Now));
        rig.Advance(101);
        rig.AssertAtRest();
    }

    [Fact]
    public void One_connection_that_is_lost_counts_once_however_many_calls_it_carried()
    {
        var rig = new FlowRig(policy: Classic);
        var (caller, server, up) = rig.Begin();
        for (var i = 0; i < 20; i++)
        {
            caller.Call();
        }

        up.Cut();
        Assert.Equal((BreakerState.Closed, 1L), (server.BreakerAt(rig.Loop.Now), server.Load.Bad));
        for (var i = 0; i < 4; i++)
        {
            caller.Call();
            server.Accept().Cut();
        }

        Assert.Equal(BreakerState.Open, server.BreakerAt(rig.Loop.Now));
        caller.Take();
        rig.AssertAtRest();
    }

    [Theory]
    [InlineData("grpc-status: 2")]
    [InlineData("grpc-status: 13")]
    [InlineData("grpc-status: 15")]
    public void An_application_that_fails_opens_nothing_but_is_slow_to_the_balancer(string status)
    {
        var rig = new FlowRig(policy: Classic);
        var (caller, server, up) = rig.Begin();
        up.Send(TrailersOnly(1, status));
        for (uint id = 3; id < 23; id += 2)
        {
            caller.Call();
            up.Send(TrailersOnly(id, status));
        }

        Assert.Equal((BreakerState.Closed, 11L), (server.BreakerAt(rig.Loop.Now), server.Load.Bad));
        caller.Take();
        rig.AssertAtRest();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void What_the_sidecar_beside_an_app_says_of_it_is_not_held_against_the_instance_and_stays_between_sidecars(bool hasBegun)
    {
        var rig = new FlowRig(policy: Classic);
        var (caller, server, up) = rig.Begin();
        up.Answer(1);
        caller.Take();
        for (uint id = 3; id < 43; id += 2)
        {
            caller.Call();
            if (hasBegun)
            {
                up.Send(Head(id), Message(id));
            }

            up.Send(hasBegun ? Status(id, 14, "x-mesh-local-reply: 1") : TrailersOnly(id, "grpc-status: 14", "x-mesh-local-reply: 1"));
        }

        Assert.Equal((BreakerState.Closed, 20L), (server.BreakerAt(rig.Loop.Now), server.Load.Bad));
        Assert.DoesNotContain(caller.Take(), line => line.Contains("x-mesh", StringComparison.Ordinal));
        rig.AssertAtRest();
    }

    [Fact]
    public void Nor_does_it_close_a_circuit()
    {
        var rig = new FlowRig(policy: Classic);
        var (caller, server, up) = rig.Begin();
        up.Send(TrailersOnly(1, "grpc-status: 14"));
        for (uint id = 3; id < 11; id += 2)
        {
            caller.Call();
            up.Send(TrailersOnly(id, "grpc-status: 14"));
        }

        Assert.Equal(BreakerState.Open, server.BreakerAt(rig.Loop.Now));
        rig.Advance(100_000);
        caller.Call();
        up.Send(TrailersOnly(11, "grpc-status: 14", "x-mesh-local-reply: 1"));
        Assert.Equal(BreakerState.HalfOpen, server.BreakerAt(rig.Loop.Now));
        caller.Call();
        up.Answer(13);
        caller.Take();
        rig.AssertAtRest();
    }

    [Fact]
    public void A_lone_endpoint_is_called_on_whatever_it_does()
    {
        var rig = new FlowRig();
        var (caller, server, up) = rig.Begin();
        up.Send(TrailersOnly(1, "grpc-status: 14"));
        for (uint id = 3; id < 103; id += 2)
        {
            caller.Call();
            up.Send(TrailersOnly(id, "grpc-status: 14", "grpc-message: its own"));
        }

        Assert.Equal(50, caller.Take().Count(line => line.Contains("its own", StringComparison.Ordinal)));
        Assert.Equal((BreakerState.Closed, 1L), (server.BreakerAt(rig.Loop.Now), server.Endpoint.State.Breaker.Overflows));
        rig.AssertAtRest();
    }

    [Fact]
    public void The_bound_holds_while_endpoints_come_and_go()
    {
        var rig = new FlowRig(servers: 4);
        var rng = new Mesh.Policy.Rng(1);
        void Fail(params int[] indexes)
        {
            foreach (var breaker in indexes.Select(i => rig.Servers[i].Endpoint.State.Breaker))
            {
                for (var i = 0; i < 5; i++)
                {
                    breaker.OnFailure(rig.Loop.Now, 0, ref rng);
                }
            }
        }

        int[] Open() => [.. Enumerable.Range(0, 4).Where(i => rig.Servers[i].BreakerAt(rig.Loop.Now) != BreakerState.Closed)];

        Fail(0, 1, 2, 3);
        Assert.Equal([0, 1], Open());

        // One of two that are left may be out: the one that is still to be out for longer.
        rig.Advance(1000);
        rig.Publish(rig.Servers[1], rig.Servers[2]);
        Assert.Equal([1], Open().Where(i => i != 0));
        rig.Publish(rig.Servers[1]);
        Assert.DoesNotContain(1, Open());

        // The first has come back as another, and there is room for two again.
        rig.Publish(rig.Servers);
        Assert.Empty(Open());
        Fail(3, 2, 1, 0);
        Assert.Equal([2, 3], Open());
        rig.AssertAtRest();
    }
}
