using Mesh.Conformance.Peer;
using Mesh.Sidecar.Tests.Flow.Rig;
using Mesh.Wire.Http2.Frames;

namespace Mesh.Sidecar.Tests.Flow;

/// <summary>How many connections are made to one endpoint: another only where it would help, and no storm of them.</summary>
public sealed class GrowthTests
{
    private const int MaxStreams = (int)SettingId.MaxConcurrentStreams;

    private static readonly string[] Answered = ["HEADERS * :status=200*", "DATA * 15", "HEADERS * grpc-status=0 end"];

    [Fact]
    public void A_server_that_takes_no_streams_gets_one_connection_and_the_call_when_it_does()
    {
        var rig = new FlowRig();
        var server = rig.Servers[0];
        var caller = rig.Caller();
        caller.Call();
        var up = server.Accept((MaxStreams, 0));
        for (var i = 0; i < 20; i++)
        {
            rig.Advance(1000);
            caller.Call();
        }

        Assert.Equal(1, server.Attempts);
        up.Reads();
        up.Send(Frames.Setting(SettingId.MaxConcurrentStreams, 100));
        Assert.Equal(21, up.Take().Count);
        for (uint id = 1; id < 43; id += 2)
        {
            up.Answer(id);
        }

        rig.AssertAtRest();
    }

    [Fact]
    public void A_call_waits_for_a_stream_within_its_deadline()
    {
        var rig = new FlowRig();
        var caller = rig.Caller();
        caller.Call(more: "grpc-timeout: 500m");
        rig.Servers[0].Accept((MaxStreams, 0));
        rig.Advance(400);
        caller.Reads();
        rig.Advance(200);
        caller.Reads(FlowRig.Refusal(1, 4, ""));
        Assert.Equal(1, rig.Servers[0].Attempts);
        rig.AssertAtRest();
    }

    [Fact]
    public void A_call_does_not_wait_where_there_is_another_endpoint()
    {
        var rig = new FlowRig(servers: 2);
        var caller = rig.Caller();
        caller.Call();
        var full = rig.Wanted();
        full.Accept((MaxStreams, 0));
        var other = rig.Other(full);
        other.Accept().Answer(1);
        caller.Reads(Answered);
        Assert.Equal((0, 0, 0), full.Load);
        rig.AssertAtRest();
    }

    [Fact]
    public void A_limit_that_falls_to_none_while_streams_run_leads_to_no_more_connections()
    {
        var rig = new FlowRig();
        var (caller, server, up) = rig.Begin();
        up.Send(Frames.Setting(SettingId.MaxConcurrentStreams, 0));
        for (var i = 0; i < 50; i++)
        {
            caller.Call();
        }

        Assert.Equal(1, server.Attempts);
        up.Answer(1);
        Assert.Equal(1, server.Attempts);
        caller.Reads(Answered);
    }

    [Fact]
    public void A_server_that_takes_one_stream_a_connection_gets_them_one_by_one_and_no_more_than_calls_wait()
    {
        var rig = new FlowRig();
        var server = rig.Servers[0];
        var caller = rig.Caller();
        for (var i = 0; i < 200; i++)
        {
            caller.Call();
        }

        var accepted = 0;
        for (; server.HasPending; accepted++)
        {
            Assert.Equal(accepted + 1, server.Attempts);
            server.Accept((MaxStreams, 1));
        }

        Assert.Equal(64, accepted);
    }

    [Fact]
    public void A_server_that_goes_away_from_every_connection_is_not_stormed()
    {
        var rig = new FlowRig();
        var server = rig.Servers[0];
        var caller = rig.Caller();
        for (var i = 0; i < 100; i++)
        {
            caller.Call();
            while (server.HasPending)
            {
                server.AcceptSilently().Send(Frames.Settings(), Frames.GoAway(0, ErrorCode.NoError));
            }

            rig.Advance(100);
        }

        // 10 s: twice at once, then in 50 to 100 ms, twice as long each time, at last once in 0.5 to 1 s; without a pause 300 times.
        Assert.InRange(server.Attempts, 8, 30);
        Assert.Equal(0, server.Load.Bad);
        while (!server.HasPending)
        {
            rig.Advance(100);
            caller.Call();
        }

        caller.Take();
        var up = server.Accept();
        up.Answer(1);
        caller.Reads(Answered);
    }

    [Fact]
    public void One_connection_that_is_closed_after_calls_were_served_is_made_again_at_once()
    {
        var rig = new FlowRig();
        var (caller, server, up) = rig.Begin();
        for (uint i = 0; i < 5; i++)
        {
            up.Answer(1);
            up.Send(Frames.GoAway(1, ErrorCode.NoError));
            caller.Reads(Answered);
            caller.Call();
            up = server.Accept();
        }

        up.Answer(1);
        caller.Reads(Answered);
        rig.AssertAtRest();
    }
}
