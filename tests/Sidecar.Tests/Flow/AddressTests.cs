using System.Net;
using Mesh.Sidecar.Tests.Flow.Rig;

namespace Mesh.Sidecar.Tests.Flow;

/// <summary>An endpoint by name: where its addresses lead, and what becomes of connections when they change.</summary>
public sealed class AddressTests
{
    private static readonly string[] Answered = ["HEADERS * :status=200*", "DATA * 15", "HEADERS * grpc-status=0 end"];

    [Fact]
    public void When_the_name_moves_calls_under_way_finish_and_the_next_goes_to_the_new_address()
    {
        var rig = new FlowRig(servers: 2);
        var (old, moved) = (rig.Servers[0], rig.Servers[1]);
        rig.Publish(old);
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
    public void A_connection_that_comes_about_after_the_name_has_moved_is_not_used()
    {
        var rig = new FlowRig(servers: 2);
        var (old, moved) = (rig.Servers[0], rig.Servers[1]);
        rig.Publish(old);
        var caller = rig.Caller();
        caller.Call();
        MoveTo(rig, old, moved);
        old.Accept();
        Assert.True(old.Connection.IsClosed);
        moved.Accept().Answer(1);
        caller.Reads(Answered);
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

    private static void MoveTo(FlowRig rig, Server endpoint, params Server[] to)
    {
        endpoint.Endpoint.MoveTo([.. to.Select(server => IPEndPoint.Parse(server.Address))]);
        rig.Loop.Turn();
    }
}
