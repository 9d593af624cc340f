using Mesh.Conformance.Peer;
using Mesh.Policy.Breaking;
using Mesh.Sidecar.Tests.Flow.Rig;
using Mesh.Wire.Transport;
using static Mesh.Sidecar.Tests.Flow.Rig.FlowRig;
using static Mesh.Sidecar.Tests.Flow.Rig.ServerConnection;

namespace Mesh.Sidecar.Tests.Flow;

/// <summary>Connections to endpoints that do not come about, say nothing, or break, at every moment.</summary>
public sealed class ConnectionFaultTests
{
    private static readonly string[] Answered = ["HEADERS 1 :status=200*", "DATA 1 15", "HEADERS 1 grpc-status=0 end"];

    [Theory]
    [InlineData(ChannelEnd.Reset)]
    [InlineData(ChannelEnd.EndOfStream)]
    public void Lost_before_the_head_the_call_fails_and_is_not_tried_again(ChannelEnd end)
    {
        var rig = new FlowRig(servers: 2);
        var (caller, server, up) = rig.Begin();
        up.Cut(end);
        caller.Reads(Refusal(1, 14, $"the connection to {server.Address} was lost"));
        Assert.Equal((0, 1, 0), server.Load);
        Assert.Equal(0, rig.Other(server).Attempts);
        rig.AssertAtRest();
    }

    [Fact]
    public void Lost_between_messages_the_call_ends_with_a_status()
    {
        var rig = new FlowRig();
        var (caller, server, up) = rig.Begin();
        up.Send(Head(1), Message(1));
        up.Cut();
        caller.Reads("HEADERS 1 :status=200*", "DATA 1 15", Ending(1, 14, "was lost"));
        Assert.Equal((0, 1, 0), server.Load);
        rig.AssertAtRest();
    }

    [Theory]
    [InlineData(1)]
    [InlineData(5)]
    [InlineData(7)]
    public void Lost_within_a_message_the_call_is_reset(int bytes)
    {
        var rig = new FlowRig();
        var (caller, server, up) = rig.Begin();
        up.Send(Head(1), Frames.Data(1, [.. new byte[] { 0, 0, 0, 0, 10, 1, 2 }.Take(bytes)]));
        up.Cut();
        caller.Reads("HEADERS 1 :status=200*", $"DATA 1 {bytes}", "RST_STREAM 1 INTERNAL_ERROR");
        Assert.Equal((0, 1, 0), server.Load);
        rig.AssertAtRest();
    }

    [Fact]
    public void Lost_while_the_caller_sends_the_call_fails_and_the_caller_is_told_to_stop()
    {
        var rig = new FlowRig();
        var (caller, _, up) = rig.Begin(end: false);
        caller.Send(Message(1, 5000));
        up.Cut();
        caller.Reads(Refusal(1, 14, "was lost"), "RST_STREAM 1 NO_ERROR");
        rig.AssertAtRest();
    }

    [Fact]
    public void Lost_between_calls_nobody_notices()
    {
        var rig = new FlowRig();
        var (caller, server, up) = rig.Begin();
        up.Answer(1);
        up.Cut();
        caller.Take();
        caller.Call();
        server.Accept().Answer(1);
        caller.Reads("HEADERS 3 :status=200*", "DATA 3 15", "HEADERS 3 grpc-status=0 end");
        Assert.Equal((2, 0, 0), server.Load);
        rig.AssertAtRest();
    }

    [Fact]
    public void All_calls_on_a_lost_connection_get_an_answer_and_the_next_one_a_new_connection()
    {
        var rig = new FlowRig();
        var (caller, server, up) = rig.Begin();
        for (var i = 0; i < 9; i++)
        {
            caller.Call();
        }

        up.Cut();
        Assert.Equal(10, caller.Take().Count(line => line.Contains("grpc-status=14", StringComparison.Ordinal)));
        Assert.Equal((BreakerState.Closed, 1L), (server.BreakerAt(rig.Loop.Now), server.Load.Bad));
        caller.Call();
        server.Accept().Answer(1);
        caller.Reads("HEADERS 21 :status=200*", "DATA 21 15", "HEADERS 21 grpc-status=0 end");
        rig.AssertAtRest();
    }

    [Fact]
    public void Refused_by_one_endpoint_the_call_goes_to_the_other()
    {
        var rig = new FlowRig(servers: 2);
        var caller = rig.Caller();
        caller.Call();
        var first = rig.Wanted();
        first.Refuse();
        rig.Wanted().Accept().Answer(1);
        caller.Reads(Answered);
        Assert.Equal((0, 1, 0), first.Load);
        Assert.Equal((1, 0, 0), rig.Other(first).Load);
        rig.AssertAtRest();
    }

    [Fact]
    public void Refused_by_all_the_call_fails_and_says_why()
    {
        var rig = new FlowRig(servers: 2);
        var caller = rig.Caller();
        caller.Call();
        for (var i = 0; i < 10 && rig.Servers.Any(server => server.HasPending); i++)
        {
            rig.Wanted().Refuse();
        }

        caller.Reads(Refusal(1, 14, "cannot be reached: connection refused or unreachable"));
        Assert.All(rig.Servers, server => Assert.True(server.Load.Bad > 0));
        rig.AssertAtRest();
    }

    [Fact]
    public void Calls_that_waited_for_the_same_connection_blame_the_endpoint_once()
    {
        var rig = new FlowRig(servers: 2);
        var caller = rig.Caller();
        caller.Call();
        var first = rig.Wanted();
        while (!rig.Other(first).HasPending)
        {
            caller.Call();
        }

        for (var i = 0; i < 50; i++)
        {
            caller.Call();
        }

        first.Refuse();
        Assert.Equal(1, first.Load.Bad);
        var up = rig.Other(first).Accept();
        var ids = up.Take().Count;
        for (uint id = 1; id < 2 * ids; id += 2)
        {
            up.Answer(id);
        }

        Assert.Equal(ids, caller.Take().Count(line => line.EndsWith("grpc-status=0 end", StringComparison.Ordinal)));
        rig.AssertAtRest();
    }

    [Fact]
    public void An_endpoint_that_takes_the_connection_and_says_nothing_is_left_for_another()
    {
        var rig = new FlowRig(servers: 2);
        var caller = rig.Caller();
        caller.Call();
        var silent = rig.Wanted();
        silent.AcceptSilently();
        rig.Advance(1001);
        rig.Wanted().Accept().Answer(1);
        caller.Reads(Answered);
        Assert.Equal((0, 1, 0), silent.Load);
        rig.AssertAtRest();
    }

    [Fact]
    public void The_only_endpoint_that_says_nothing_is_given_up_in_the_end()
    {
        var rig = new FlowRig();
        var caller = rig.Caller();
        caller.Call();
        for (var i = 0; i < 60 && caller.Connection.OpenStreams > 0; i++)
        {
            if (rig.Servers[0].HasPending)
            {
                rig.Servers[0].AcceptSilently();
            }

            rig.Advance(1001);
        }

        caller.Reads(Refusal(1, 14, "cannot be reached: it takes connections, but says nothing on them"));
        rig.AssertAtRest();
    }

    [Fact]
    public void An_endpoint_that_does_not_answer_at_all_is_left_for_another()
    {
        var rig = new FlowRig(servers: 2);
        var caller = rig.Caller();
        caller.Call();
        var away = rig.Wanted();
        rig.Advance(1001);
        rig.Other(away).Accept().Answer(1);
        caller.Reads(Answered);
        Assert.Equal((0, 1, 0), away.Load);
        rig.AssertAtRest();
    }

    [Fact]
    public void A_caller_that_goes_while_its_call_waits_for_a_connection_leaves_nothing()
    {
        var rig = new FlowRig();
        var caller = rig.Caller();
        caller.Call(end: false);
        caller.Send(Message(1, 1000));
        caller.Cut();
        Assert.Equal((0, 0, 0), rig.Servers[0].Load);
        rig.Servers[0].Accept().Reads();
        rig.AssertAtRest();
    }

    [Fact]
    public void An_endpoint_that_has_left_the_mesh_finishes_its_calls_and_is_connected_to_no_more()
    {
        var rig = new FlowRig(servers: 2);
        var (caller, server, up) = rig.Begin();
        rig.Publish(rig.Other(server));
        up.Answer(1);
        caller.Reads(Answered);
        Assert.True(up.IsClosed);
        rig.AssertAtRest();
    }

    [Fact]
    public void An_unused_connection_to_an_endpoint_that_leaves_the_mesh_is_closed()
    {
        var rig = new FlowRig(servers: 2);
        var (caller, server, up) = rig.Begin();
        up.Answer(1);
        caller.Take();
        rig.Publish(rig.Other(server));
        Assert.True(up.IsClosed);
        rig.AssertAtRest();
    }
}
