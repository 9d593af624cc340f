using Mesh.Conformance.Peer;
using Mesh.Policy.Routing;
using Mesh.Sidecar.Tests.Flow.Rig;
using Mesh.Wire.Http2.Frames;
using static Mesh.Sidecar.Tests.Flow.Rig.FlowRig;
using static Mesh.Sidecar.Tests.Flow.Rig.ServerConnection;

namespace Mesh.Sidecar.Tests.Flow;

/// <summary>A stream that has become old ends between two messages, and what is no stream goes on.</summary>
public sealed class StreamAgeTests
{
    private const string Why = "service 'echo': the stream has lasted for timeouts.max_stream_age of 60s; open another, which may go to another endpoint than 127.0.0.1:5001";

    private static readonly TimeSpan Age = TimeSpan.FromMinutes(1);

    [Fact]
    public void Where_only_the_server_speaks_it_ends_within_the_age_and_nobody_is_blamed()
    {
        var rig = Start();
        var (caller, server, up) = rig.Begin();
        up.Send(Head(1), Message(1));
        caller.Reads("HEADERS 1 :status=200*", "DATA 1 15");
        rig.Advance(TimeSpan.FromSeconds(44));
        Assert.Empty(caller.Take());
        Advance(rig, seconds: 14);
        caller.Reads(Ending(1, 14, Why));
        Assert.Contains("RST_STREAM 1 CANCEL", up.Take());
        Assert.Equal((0, 0, 0), server.Load);
        rig.AssertAtRest();
    }

    [Fact]
    public void Not_within_a_message_of_the_answer_however_long_it_takes()
    {
        var rig = Start();
        var (caller, _, up) = rig.Begin();
        up.Send(Head(1), Frames.Data(1, [0, 0, 0, 0, 10, 1, 2]));
        caller.Reads("HEADERS 1 :status=200*", "DATA 1 7");
        Advance(rig, seconds: 300);
        Assert.Empty(caller.Take());
        up.Send(Frames.Data(1, new byte[8]));
        caller.Reads("DATA 1 8");
        Advance(rig, seconds: 1);
        caller.Reads(Ending(1, 14, Why));
        rig.AssertAtRest();
    }

    [Fact]
    public void Not_before_what_was_asked_is_answered_and_then_with_the_answer()
    {
        var rig = Start();
        var (caller, _, up) = rig.Begin(end: false);
        caller.Send(Message(1));
        up.Send(Head(1), Message(1));
        caller.Reads("HEADERS 1 :status=200*", "DATA 1 15");
        Say(rig, caller, seconds: 57);

        up.Send(Message(1));
        caller.Reads("DATA 1 15"); // others have no answer yet
        up.Send([.. Enumerable.Repeat(Message(1), 1140)]);
        var read = caller.Take();
        Assert.Equal(Enumerable.Repeat("DATA 1 15", 1139), read[..1139]);
        Assert.StartsWith("HEADERS 1 grpc-status=14 ", read[1139], StringComparison.Ordinal);
        rig.AssertAtRest();
    }

    [Fact]
    public void A_caller_that_never_pauses_is_waited_for_until_the_age_is_over()
    {
        var rig = Start();
        var (caller, _, up) = rig.Begin(end: false);
        up.Send(Head(1), Message(1));
        caller.Take();
        Say(rig, caller, seconds: 59);
        Advance(rig, seconds: 2);
        caller.Reads(Ending(1, 14, Why), "RST_STREAM 1 NO_ERROR");
        rig.AssertAtRest();
    }

    [Fact]
    public void A_call_that_waits_for_its_answer_goes_on()
    {
        var rig = Start();
        var (caller, _, up) = rig.Begin();
        Advance(rig, seconds: 600);
        Assert.Empty(caller.Take());
        up.Answer(1);
        Assert.Contains(caller.Take(), line => line.EndsWith("grpc-status=0 end", StringComparison.Ordinal));
        rig.AssertAtRest();
    }

    [Fact]
    public void What_is_not_gRPC_goes_on()
    {
        var rig = Start();
        var caller = rig.Caller();
        caller.Get();
        var up = rig.Wanted().Accept();
        up.Send(Frames.Headers(1, HeaderBlock.Of(":status: 200")), Frames.Data(1, 10));
        Advance(rig, seconds: 600);
        up.Send(Frames.Data(1, 10, end: true));
        Assert.Equal("DATA 1 10 end", caller.Take()[^1]);
        rig.AssertAtRest();
    }

    [Fact]
    public void Without_an_age_a_stream_lasts()
    {
        var rig = new FlowRig();
        var (caller, _, up) = rig.Begin();
        up.Send(Head(1), Message(1));
        caller.Take();
        for (var i = 0; i < 600; i++)
        {
            rig.Advance(TimeSpan.FromMinutes(1));
            up.Send(Frames.Ping(1));
            up.Take();
        }

        Assert.Empty(caller.Take());
        up.Send(Status(1));
        caller.Reads("HEADERS 1 grpc-status=0 end");
        rig.AssertAtRest();
    }

    /// <summary>The sidecar beside the server ends it, and says so: neither breaker nor balancer of the caller's takes it for a failure.</summary>
    [Fact]
    public void What_the_other_sidecar_has_ended_speaks_against_nobody()
    {
        var rig = new FlowRig();
        var (caller, server, up) = rig.Begin();
        up.Send(Head(1), Message(1), Status(1, 14, "x-mesh-local-reply: max-stream-age"));
        caller.Reads("HEADERS 1 :status=200*", "DATA 1 15", "HEADERS 1 grpc-status=14 end");
        Assert.Equal((0, 0, 0), server.Load);
        rig.AssertAtRest();
    }

    private static FlowRig Start() => new(policy: Plain with { Timeouts = new TimeoutOptions { MaxStreamAge = Age } });

    /// <summary>The caller sends twenty messages a second, so that it is never quiet.</summary>
    private static void Say(FlowRig rig, Caller caller, int seconds)
    {
        for (var i = 0; i < seconds * 20; i++)
        {
            if (i % 200 == 0)
            {
                rig.Servers[0].Connection.Send(Frames.Ping(1));
            }

            caller.Send(Message(1));
            rig.Advance(50);
            Assert.Empty(caller.Take());
        }
    }

    /// <summary>In steps in which the connection to the endpoint shows that it lives.</summary>
    private static void Advance(FlowRig rig, int seconds)
    {
        for (var i = 0; i < seconds * 4; i++)
        {
            rig.Advance(250);
            if (i % 40 == 0)
            {
                rig.Servers[0].Connection.Send(Frames.Ping(1));
            }
        }
    }
}
