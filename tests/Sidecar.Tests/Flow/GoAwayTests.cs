using Mesh.Conformance.Peer;
using Mesh.Sidecar.Tests.Flow.Rig;
using Mesh.Wire.Http2.Frames;
using Mesh.Wire.Transport;
using static Mesh.Sidecar.Tests.Flow.Rig.FlowRig;
using static Mesh.Sidecar.Tests.Flow.Rig.ServerConnection;

namespace Mesh.Sidecar.Tests.Flow;

/// <summary>GOAWAY from an endpoint at every moment: what it has not looked at goes elsewhere unnoticed, the rest finishes.</summary>
public sealed class GoAwayTests
{
    private static readonly string[] Answered = ["HEADERS 1 :status=200*", "DATA 1 15", "HEADERS 1 grpc-status=0 end"];

    [Fact]
    public void Between_calls_it_closes_the_connection_and_the_next_call_gets_another()
    {
        var rig = new FlowRig();
        var (caller, server, up) = rig.Begin();
        up.Answer(1);
        up.Send(Frames.GoAway(1, ErrorCode.NoError));
        Assert.True(up.IsClosed);
        caller.Take();
        caller.Call();
        server.Accept().Answer(1);
        caller.Reads("HEADERS 3 :status=200*", "DATA 3 15", "HEADERS 3 grpc-status=0 end");
        Assert.Equal((2, 0, 0), server.Load);
        rig.AssertAtRest();
    }

    [Fact]
    public void Before_the_handshake_is_through_it_costs_the_call_nothing()
    {
        var rig = new FlowRig();
        var caller = rig.Caller();
        caller.Call();
        var up = rig.Servers[0].AcceptSilently();
        up.Send(Frames.Settings(), Frames.GoAway(0, ErrorCode.NoError));
        rig.Wanted().Accept().Answer(1);
        caller.Reads(Answered);
        Assert.Equal(0, rig.Servers[0].Load.Bad);
        rig.AssertAtRest();
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_call_above_the_last_id_goes_to_another_endpoint(bool inTwoSteps)
    {
        var rig = new FlowRig(servers: 2);
        var (caller, server, up) = rig.Begin();
        if (inTwoSteps)
        {
            up.Send(Frames.GoAway(int.MaxValue, ErrorCode.NoError));
            caller.Reads();
        }

        up.Send(Frames.GoAway(0, ErrorCode.NoError));
        Assert.True(up.IsClosed);
        var other = rig.Wanted();
        Assert.NotSame(server, other);
        var otherUp = other.Accept();
        Assert.DoesNotContain("previous-rpc-attempts", otherUp.Take().Single(), StringComparison.Ordinal);
        otherUp.Answer(1);
        caller.Reads(Answered);
        Assert.Equal((0, 0, 0), server.Load);
        Assert.Equal((1, 0, 0), other.Load);
        rig.AssertAtRest();
    }

    [Fact]
    public void A_call_above_the_last_id_of_the_only_endpoint_gets_a_new_connection_with_its_message()
    {
        var rig = new FlowRig();
        var (caller, server, up) = rig.Begin(end: false);
        caller.Send(Message(1, 100, end: true));
        up.Send(Frames.GoAway(0, ErrorCode.NoError));
        var again = server.Accept();
        again.Reads("HEADERS 1 :method=POST*", "DATA 1 105 end");
        again.Answer(1);
        caller.Reads(Answered);
        rig.AssertAtRest();
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void A_call_below_the_last_id_finishes_whenever_it_comes(int moment)
    {
        var rig = new FlowRig(servers: 2);
        var (caller, server, up) = rig.Begin();
        byte[][] frames = [Head(1), Message(1), Status(1)];
        for (var i = 0; i <= frames.Length; i++)
        {
            if (i == moment)
            {
                up.Send(Frames.GoAway(1, ErrorCode.NoError));
            }

            if (i < frames.Length)
            {
                up.Send(frames[i]);
            }
        }

        caller.Reads(Answered);
        Assert.True(up.IsClosed);
        Assert.Equal((1, 0, 0), server.Load);
        rig.AssertAtRest();
    }

    [Fact]
    public void Of_several_calls_only_those_above_the_last_id_move()
    {
        var rig = new FlowRig();
        var (caller, server, up) = rig.Begin();
        caller.Call();
        caller.Call();
        up.Send(Frames.GoAway(3, ErrorCode.NoError));
        up.Answer(3);
        up.Answer(1);
        var again = server.Accept();
        again.Answer(1);
        Assert.Equal(
            ["HEADERS 3 grpc-status=0 end", "HEADERS 1 grpc-status=0 end", "HEADERS 5 grpc-status=0 end"],
            caller.Take().Where(line => line.EndsWith(" end", StringComparison.Ordinal)));
        Assert.Equal((3, 0, 0), server.Load);
        rig.AssertAtRest();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void An_endpoint_that_disowns_what_it_has_answered_is_not_believed(bool afterMessage)
    {
        var rig = new FlowRig(servers: 2);
        var (caller, server, up) = rig.Begin();
        up.Send(Head(1));
        if (afterMessage)
        {
            up.Send(Message(1));
        }

        caller.Take();
        up.Send(Frames.GoAway(0, ErrorCode.NoError));
        caller.Reads(Ending(1, 14, $"the connection to {server.Address} was lost"));
        Assert.Equal((0, 1, 0), server.Load);
        rig.AssertAtRest();
    }

    [Fact]
    public void With_an_error_and_the_end_of_the_connection_it_fails_the_calls_it_had_taken()
    {
        var rig = new FlowRig(servers: 2);
        var (caller, server, up) = rig.Begin();
        up.Send(Frames.GoAway(1, ErrorCode.InternalError));
        caller.Reads();
        up.Cut(ChannelEnd.EndOfStream);
        caller.Reads(Refusal(1, 14, $"the connection to {server.Address} was lost"));
        Assert.Equal((0, 1, 0), server.Load);
        rig.AssertAtRest();
    }

    [Fact]
    public void An_endpoint_that_takes_nothing_is_not_asked_for_ever()
    {
        var rig = new FlowRig();
        var caller = rig.Caller();
        caller.Call();
        while (rig.Servers[0].HasPending)
        {
            rig.Servers[0].Accept().Send(Frames.GoAway(0, ErrorCode.NoError));
        }

        caller.Reads(Refusal(1, 14, "is going away"));
        Assert.InRange(rig.Servers[0].Attempts, 2, 6);
        rig.AssertAtRest();
    }
}
