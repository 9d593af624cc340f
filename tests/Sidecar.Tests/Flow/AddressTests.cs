using System.Net;
using Mesh.Sidecar.Tests.Flow.Rig;
using Mesh.Wire.Transport;

namespace Mesh.Sidecar.Tests.Flow;

/// <summary>An endpoint by name: its addresses are tried in turn (RFC 8305), and what becomes of connections when they change.</summary>
public sealed class AddressTests
{
    private static readonly string[] Answered = ["HEADERS * :status=200*", "DATA * 15", "HEADERS * grpc-status=0 end"];

    [Fact]
    public void When_the_name_moves_calls_under_way_finish_and_the_next_goes_to_the_new_address()
    {
        var (rig, old, moved) = TwoAddresses();
        var (caller, _, up) = rig.Begin();
        MoveTo(rig, old, moved);
        Assert.False(up.IsClosed);

        caller.Call();
        moved.Accept().Answer(1);
        caller.Reads(Answered);
        up.Answer(1);
        caller.Reads(Answered);
        Assert.True(up.IsClosed);
        rig.AssertAtRest();
    }

    [Fact]
    public void Who_waits_for_a_connection_when_the_name_moves_is_served_at_the_new_address()
    {
        var (rig, old, moved) = TwoAddresses();
        var caller = rig.Caller();
        caller.Call();
        MoveTo(rig, old, moved);
        moved.Accept().Answer(1);
        caller.Reads(Answered);
        Assert.Equal(1, old.Attempts);
        Assert.Equal((1, 0, 0), old.Load);
        rig.AssertAtRest();
    }

    [Fact]
    public void Addresses_in_the_same_order_change_nothing()
    {
        var rig = new FlowRig();
        var (caller, server, up) = rig.Begin();
        MoveTo(rig, server, server);
        up.Answer(1);
        Assert.False(up.IsClosed);
        caller.Reads(Answered);
    }

    [Fact]
    public void An_address_that_refuses_is_followed_by_the_next_at_once_and_the_one_that_worked_comes_first_from_then_on()
    {
        var (rig, first, second) = TwoAddresses();
        MoveTo(rig, first, first, second);
        var caller = rig.Caller();
        caller.Call();
        Assert.False(second.HasPending);
        first.Refuse();
        var up = second.Accept();
        up.Answer(1);
        caller.Reads(Answered);
        Assert.Equal((1, 0, 0), first.Load); // the endpoint has done nothing wrong

        up.Cut(ChannelEnd.EndOfStream);
        caller.Call();
        Assert.False(first.HasPending);
        second.Accept().Answer(1);
        caller.Reads(Answered);
        rig.AssertAtRest();
    }

    [Fact]
    public void An_address_that_does_not_answer_is_overtaken_by_the_next_after_a_quarter_of_a_second()
    {
        var (rig, first, second) = TwoAddresses();
        MoveTo(rig, first, first, second);
        var caller = rig.Caller();
        caller.Call();
        rig.Advance(249);
        Assert.False(second.HasPending);
        rig.Advance(2);
        Assert.True(second.HasPending);
        second.Accept().Answer(1);
        caller.Reads(Answered);
        Assert.True(first.IsGivenUp);
        Assert.Single(rig.Worker.Connections.All.Single().All);
        rig.AssertAtRest();
    }

    [Fact]
    public void One_that_takes_the_connection_and_then_closes_it_is_no_success()
    {
        var (rig, first, second) = TwoAddresses();
        MoveTo(rig, first, first, second);
        var caller = rig.Caller();
        caller.Call();
        first.AcceptSilently();
        rig.Advance(300);
        Assert.False(second.HasPending);
        first.Connection.Cut(ChannelEnd.EndOfStream);
        second.Accept().Answer(1);
        caller.Reads(Answered);
        rig.AssertAtRest();
    }

    [Fact]
    public void When_all_refuse_the_call_fails_once_and_says_where()
    {
        var (rig, first, second) = TwoAddresses();
        MoveTo(rig, first, first, second);
        var caller = rig.Caller();
        caller.Call();
        for (var i = 0; i < 3; i++)
        {
            first.Refuse();
            second.Refuse();
        }

        caller.Reads(FlowRig.Refusal(1, 14, $"cannot be reached: connection refused or unreachable ({second.Address})"));
        Assert.Equal((3, 3), (first.Attempts, second.Attempts)); // what was not processed is tried again
        Assert.Equal((0, 3, 0), first.Load);
        rig.AssertAtRest();
    }

    [Fact]
    public void A_call_waits_for_the_first_look_up_of_a_name()
    {
        var rig = new FlowRig();
        var endpoint = rig.PublishName("db.example:5001");
        var caller = rig.Caller();
        caller.Call();
        caller.Reads();
        endpoint.MoveTo([IPEndPoint.Parse(rig.Servers[0].Address)]);
        rig.Loop.Turn();
        rig.Servers[0].Accept().Answer(1);
        caller.Reads(Answered);
        rig.AssertAtRest();
    }

    [Fact]
    public void A_call_that_waits_for_a_name_is_told_that_it_does_not_resolve_as_are_those_that_come_later()
    {
        var rig = new FlowRig();
        var endpoint = rig.PublishName("db.example:5001");
        var asked = 0;
        endpoint.WhenUnreachable = () => asked++;
        var caller = rig.Caller();
        caller.Call();
        endpoint.FailLookUp("the name 'db.example' does not resolve: no such host");
        rig.Loop.Turn();
        for (var i = 0; i < 10; i++)
        {
            rig.Advance(1000); // the pauses between attempts
        }

        caller.Reads(FlowRig.Refusal(1, 14, "the name 'db.example' does not resolve: no such host"));
        caller.Call();
        for (var i = 0; i < 10; i++)
        {
            rig.Advance(1000); // the pauses between attempts
        }

        caller.Reads(FlowRig.Refusal(3, 14, "the name 'db.example' does not resolve: no such host"));
        Assert.True(asked > 0);
        rig.AssertAtRest();
    }

    [Fact]
    public void A_call_waits_for_a_name_no_longer_than_for_a_connection()
    {
        var rig = new FlowRig();
        rig.PublishName("db.example:5001");
        var caller = rig.Caller();
        caller.Call();
        for (var i = 0; i < 6; i++)
        {
            rig.Advance(TimeSpan.FromSeconds(10)); // each attempt, and the pause before the next
        }

        caller.Reads(FlowRig.Refusal(1, 14, "the name 'db.example' has no answer yet"));
        rig.AssertAtRest();
    }

    private static (FlowRig Rig, Server First, Server Second) TwoAddresses()
    {
        var rig = new FlowRig(servers: 2);
        rig.Publish(rig.Servers[0]);
        return (rig, rig.Servers[0], rig.Servers[1]);
    }

    private static void MoveTo(FlowRig rig, Server endpoint, params Server[] to)
    {
        endpoint.Endpoint.MoveTo([.. to.Select(server => IPEndPoint.Parse(server.Address))]);
        rig.Loop.Turn();
    }
}
