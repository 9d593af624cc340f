using Mesh.Conformance.Peer;
using Mesh.Sidecar.Tests.Flow.Rig;
using Mesh.Wire.Http2.Frames;
using static Mesh.Sidecar.Tests.Flow.Rig.FlowRig;
using static Mesh.Sidecar.Tests.Flow.Rig.ServerConnection;

namespace Mesh.Sidecar.Tests.Flow;

/// <summary>Endpoints that break HTTP/2: their calls fail with a status, they get the blame, and nobody else notices.</summary>
public sealed class ProtocolFaultTests
{
    [Fact]
    public void Data_before_a_head_fails_the_call()
    {
        var rig = new FlowRig();
        var (caller, server, up) = rig.Begin();
        up.Send(Message(1));
        caller.Reads(Refusal(1, 13, $"{server.Address} broke the HTTP/2 protocol"));
        up.Reads("RST_STREAM 1 PROTOCOL_ERROR");
        Assert.Equal((0, 1, 0), server.Load);
        rig.AssertAtRest();
    }

    [Fact]
    public void Frames_on_a_stream_that_has_ended_reach_nobody()
    {
        var rig = new FlowRig();
        var (caller, server, up) = rig.Begin();
        up.Answer(1);
        caller.Take();
        up.Send(Message(1), Head(1), Status(1, 5), Frames.WindowUpdate(1, 10), Frames.RstStream(1, ErrorCode.InternalError));
        caller.Reads();
        // For the message, the head and the trailers; the rest may have been on its way.
        up.Reads("RST_STREAM 1 STREAM_CLOSED", "RST_STREAM 1 STREAM_CLOSED", "RST_STREAM 1 STREAM_CLOSED");
        AssertServes(caller, up, 3);
        Assert.Equal((2, 0, 0), server.Load);
        rig.AssertAtRest();
    }

    [Fact]
    public void Frames_that_a_cancelled_call_is_still_answered_with_reach_nobody()
    {
        var rig = new FlowRig();
        var (caller, server, up) = rig.Begin();
        caller.Reset(1);
        up.Reads("RST_STREAM 1 CANCEL");
        up.Answer(1);
        caller.Reads();
        up.Reads();
        AssertServes(caller, up, 3);
        Assert.Equal((1, 0, 0), server.Load);
        rig.AssertAtRest();
    }

    [Fact]
    public void Interim_responses_are_not_for_callers_of_gRPC()
    {
        var rig = new FlowRig();
        var (caller, _, up) = rig.Begin();
        up.Send([.. Enumerable.Repeat(Interim(1), 50)]);
        up.Answer(1);
        caller.Reads("HEADERS 1 :status=200*", "DATA 1 15", "HEADERS 1 grpc-status=0 end");
        rig.AssertAtRest();
    }

    [Fact]
    public void Interim_responses_go_through_to_other_callers()
    {
        var rig = new FlowRig();
        var caller = rig.Caller();
        caller.Get();
        var up = rig.Wanted().Accept();
        up.Send(Interim(1), Frames.Ok(1, end: true));
        caller.Reads("HEADERS 1 :status=103", "HEADERS 1 :status=200 end");
        rig.AssertAtRest();
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Interim_responses_without_end_fail_their_call_and_no_other(bool grpc)
    {
        var rig = new FlowRig();
        var caller = rig.Caller();
        _ = grpc ? caller.Call() : caller.Get();
        caller.Call();
        var server = rig.Wanted();
        var up = server.Accept();
        for (var i = 0; i < 10; i++)
        {
            up.Send([.. Enumerable.Repeat(Interim(1), 100)]);
        }

        up.Answer(3);
        var lines = caller.Take();
        Assert.Contains(lines, line => line.StartsWith(grpc ? "HEADERS 1 :status=200 content-type=application/grpc grpc-status=13" : "HEADERS 1 :status=502", StringComparison.Ordinal));
        Assert.Contains("HEADERS 3 grpc-status=0 end", lines);
        Assert.InRange(lines.Count, 4, 105);
        Assert.Equal((1, 1, 0), server.Load);
        rig.AssertAtRest();
    }

    [Theory]
    [InlineData(":status: 200")]
    [InlineData(":path: /")]
    [InlineData("X-Upper: a")]
    [InlineData("connection: close")]
    public void Trailers_that_are_none_fail_the_call(string line)
    {
        var rig = new FlowRig();
        var (caller, server, up) = rig.Begin();
        up.Send(Head(1), Message(1), Frames.Trailers(1, line, "grpc-status: 0"));
        caller.Reads("HEADERS 1 :status=200*", "DATA 1 15", Ending(1, 13, "broke the HTTP/2 protocol"));
        Assert.Equal((0, 1, 0), server.Load);
        rig.AssertAtRest();
    }

    [Fact]
    public void A_violation_of_one_connection_takes_down_no_call_on_another()
    {
        var rig = new FlowRig(servers: 2);
        var (caller, server, up) = rig.Begin();
        var second = rig.Caller();
        var otherUp = rig.CallUntil(second, rig.Other(server));
        var mine = otherUp.Take().Single(line => line.StartsWith("HEADERS", StringComparison.Ordinal)).Split(' ')[1];
        up.Send(Frames.Data(0, 10));
        Assert.True(up.IsClosed);
        caller.Reads(Refusal(1, 14, "broke the HTTP/2 protocol"));
        var lost = second.Take();
        Assert.All(lost, line => Assert.Contains("grpc-status=14", line, StringComparison.Ordinal));
        otherUp.Answer(uint.Parse(mine, System.Globalization.CultureInfo.InvariantCulture));
        Assert.EndsWith("grpc-status=0 end", second.Take().Last(), StringComparison.Ordinal);
        Assert.Equal((0, 1, 0), server.Load); // one connection is one fault
        Assert.Equal((1, 0, 0), rig.Other(server).Load);
        rig.AssertAtRest();
    }

    [Fact]
    public void An_endpoint_that_speaks_something_else_is_as_good_as_none()
    {
        var rig = new FlowRig(servers: 2);
        var caller = rig.Caller();
        caller.Call();
        var first = rig.Wanted();
        first.AcceptSilently().Send("HTTP/1.1 400 Bad Request\r\n\r\n"u8.ToArray());
        var up = rig.Wanted().Accept();
        up.Answer(1);
        caller.Reads("HEADERS 1 :status=200*", "DATA 1 15", "HEADERS 1 grpc-status=0 end");
        Assert.Equal((0, 1, 0), first.Load);
        rig.AssertAtRest();
    }

    [Fact]
    public void A_caller_that_reads_nothing_loses_its_connection_and_no_other_caller_does()
    {
        var rig = new FlowRig(policy: Retrying(14));
        var (caller, server, up) = rig.Begin();
        up.Answer(1);
        caller.Take();
        caller.Channel.Room = 0;
        var other = rig.Caller();
        other.Call();
        for (uint id = 3; id < 2000 && !caller.Connection.IsDead; id += 2)
        {
            caller.Call();
            up.Send(Head(id + 2, "x: " + new string('x', 16_000)), Message(id + 2), Status(id + 2));
        }

        Assert.True(caller.Connection.IsDead);
        up.Answer(3);
        other.Reads("HEADERS 1 :status=200*", "DATA 1 15", "HEADERS 1 grpc-status=0 end");
        Assert.Equal(0, server.Load.Bad);
        rig.Advance(5001); // the time it has to read our last words
        rig.AssertAtRest();
    }

    [Fact]
    public void An_endpoint_that_reads_nothing_loses_its_connection_and_calls_get_an_answer()
    {
        var rig = new FlowRig(policy: Retrying(14));
        var caller = rig.Caller();
        caller.Call();
        var server = rig.Servers[0];
        var up = server.Accept((3, 10_000)); // SETTINGS_MAX_CONCURRENT_STREAMS
        up.Channel.Room = 0;
        while (server.Load.Bad == 0)
        {
            caller.Call(more: "x: " + new string('x', 16_000));
        }

        // The retries find nobody.
        for (var i = 0; i < 10; i++)
        {
            rig.Advance(400);
            while (server.HasPending)
            {
                server.Refuse();
            }
        }

        Assert.Equal(0, caller.Connection.OpenStreams);
        Assert.All(caller.Take(), line => Assert.Contains("grpc-status=14", line, StringComparison.Ordinal));
        rig.Advance(5001);
        rig.AssertAtRest();
    }

    private static byte[] Interim(uint id) => Frames.Headers(id, HeaderBlock.Of(":status: 103"));

    private static void AssertServes(Caller caller, ServerConnection up, uint id)
    {
        Assert.Equal(id, caller.Call());
        Assert.StartsWith($"HEADERS {id} ", up.Take().Single(), StringComparison.Ordinal);
        up.Answer(id);
        caller.Reads($"HEADERS {id} :status=200*", $"DATA {id} 15", $"HEADERS {id} grpc-status=0 end");
    }
}
