using Mesh.Conformance.Peer;
using Mesh.Policy.Routing;
using Mesh.Sidecar.Tests.Flow.Rig;
using Mesh.Wire.Streams;
using static Mesh.Sidecar.Tests.Flow.Rig.FlowRig;
using static Mesh.Sidecar.Tests.Flow.Rig.ServerConnection;

namespace Mesh.Sidecar.Tests.Flow;

/// <summary>How long a call may be silent: a request that stops short has a limit by default, anything else if its service has one.</summary>
public sealed class IdleTests
{
    private const string Why = "service 'echo': no byte to or from 127.0.0.1:5001 for *1 attempt)";

    private static readonly TimeSpan FiveMinutes = TimeSpan.FromMinutes(5);

    [Fact]
    public void A_request_that_stops_short_ends_after_five_minutes_and_nobody_is_blamed()
    {
        var rig = new FlowRig();
        var (caller, server, up) = rig.Begin(end: false);
        caller.Send(Frames.Data(1, 10));
        Assert.Single(up.Take());
        rig.Advance(FiveMinutes - TimeSpan.FromSeconds(1));
        Assert.Empty(caller.Take());
        rig.Advance(TimeSpan.FromSeconds(2));
        caller.Reads(Refusal(1, 14, Why), "RST_STREAM 1 NO_ERROR");
        Assert.Contains("RST_STREAM 1 CANCEL", up.Take());
        Assert.Equal((0, 0, 0), server.Load);
        Assert.Equal(1, rig.Violations[ProtocolViolation.SlowBody]);
        rig.AssertAtRest();
    }

    [Fact]
    public void One_that_trickles_goes_on()
    {
        var rig = new FlowRig();
        var (caller, _, up) = rig.Begin(end: false);
        for (var i = 0; i < 10; i++)
        {
            Wait(rig, caller, up, minutes: 4);
            caller.Send(Frames.Data(1, 1));
        }

        caller.Send(Frames.Data(1, 1, end: true));
        up.Take();
        up.Answer(1);
        Assert.Contains(caller.Take(), line => line.EndsWith("grpc-status=0 end", StringComparison.Ordinal));
        Assert.Equal(0, rig.Violations[ProtocolViolation.SlowBody]);
        rig.AssertAtRest();
    }

    [Fact]
    public void A_whole_request_may_wait_for_its_answer_for_hours()
    {
        var rig = new FlowRig();
        var (caller, _, up) = rig.Begin();
        Wait(rig, caller, up);
        up.Answer(1);
        Assert.Contains(caller.Take(), line => line.EndsWith("grpc-status=0 end", StringComparison.Ordinal));
        rig.AssertAtRest();
    }

    [Fact]
    public void Nor_does_a_stream_end_whose_request_becomes_whole_later()
    {
        var rig = new FlowRig();
        var (caller, _, up) = rig.Begin(end: false);
        caller.Send(Frames.Data(1, 10, end: true));
        Wait(rig, caller, up);
        up.Answer(1);
        Assert.Contains(caller.Take(), line => line.EndsWith("grpc-status=0 end", StringComparison.Ordinal));
        rig.AssertAtRest();
    }

    [Fact]
    public void An_open_stream_that_is_answered_may_be_silent_for_hours()
    {
        var rig = new FlowRig();
        var (caller, _, up) = rig.Begin(end: false);
        up.Send(Head(1), Message(1));
        caller.Take();
        Wait(rig, caller, up);
        up.Send(Message(1), Status(1));
        Assert.Contains(caller.Take(), line => line.EndsWith("grpc-status=0 end", StringComparison.Ordinal));
        rig.AssertAtRest();
    }

    [Fact]
    public void Without_a_limit_a_request_may_stop_for_hours()
    {
        var rig = new FlowRig(policy: Plain with { Timeouts = new TimeoutOptions { SilentRequest = null } });
        var (caller, _, up) = rig.Begin(end: false);
        Wait(rig, caller, up);
        caller.Send(Frames.Data(1, 10, end: true));
        up.Answer(1);
        Assert.Contains(caller.Take(), line => line.EndsWith("grpc-status=0 end", StringComparison.Ordinal));
        rig.AssertAtRest();
    }

    [Fact]
    public void A_service_with_an_idle_timeout_of_its_own_has_it_for_all_streams()
    {
        var rig = new FlowRig(policy: Plain with { Timeouts = new TimeoutOptions { Idle = TimeSpan.FromMinutes(1) } });
        var (caller, server, up) = rig.Begin();
        rig.Advance(TimeSpan.FromMinutes(1));
        caller.Reads(Refusal(1, 14, Why));
        Assert.Contains("RST_STREAM 1 CANCEL", up.Take());
        Assert.Equal((0, 1, 0), server.Load);
        rig.AssertAtRest();
    }

    /// <summary>Six hours, unless given, in which the connection to the endpoint shows that it lives.</summary>
    private static void Wait(FlowRig rig, Caller caller, ServerConnection up, int minutes = 360)
    {
        for (var i = 0; i < minutes; i++)
        {
            rig.Advance(TimeSpan.FromMinutes(1));
            up.Send(Frames.Ping(1));
            up.Take();
            Assert.Empty(caller.Take());
        }
    }
}
