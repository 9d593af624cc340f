using Mesh.Sidecar.Recorder;
using Mesh.Sidecar.Tests.Flow.Rig;
using Mesh.V1;
using static Mesh.Sidecar.Tests.Flow.Rig.ServerConnection;

namespace Mesh.Sidecar.Tests.Recorder;

/// <summary>What is kept of a call is its whole decision; and what a caller writes in its head breaks nothing.</summary>
public sealed class CallReportTests
{
    private const string Trace = "4bf92f3577b34da6a3ce929d0e0e4736";

    private readonly FlowRig _rig = new(servers: 2, FlowRig.Retrying(14), recorder: 64 * 1024);

    [Fact]
    public void All_attempts_times_and_endpoints_are_told()
    {
        var (caller, server, up) = _rig.Begin(end: true, "grpc-timeout: 5S", $"traceparent: 00-{Trace}-00f067aa0ba902b7-01", "x-request-id: r-1");
        _rig.Advance(30);
        up.Send(TrailersOnly(1, "grpc-status: 14"));
        _rig.Advance(300);
        var second = _rig.Other(server).Accept();
        second.Send(TrailersOnly(1, "grpc-status: 13"));
        _rig.Loop.Turn();
        Assert.Single(caller.Take());
        var call = Assert.Single(Find(new CallQuery { TraceId = Trace.ToUpperInvariant() }).Calls);
        Assert.Equal(("grpc_status", 13, "failure", "echo", Trace, "r-1"), (call.Reason, call.GrpcStatus, call.Outcome, call.Service, call.TraceId, call.RequestId));
        Assert.Equal((330L, 5000L), (Milliseconds(call.DurationMicros), Milliseconds(call.Times.CallerMicros)));
        Assert.Equal([(server.Address, 14, 30L), (_rig.Other(server).Address, 13, 330L)], call.Attempts.Select(one => (one.Address, one.GrpcStatus, Milliseconds(one.EndedMicros))));
        Assert.Equal("endpoint", call.Attempts[0].Blame);
        Assert.Equal((2u, 2), (call.EndpointCount, call.Endpoints.Count(one => one.Tried)));
        Assert.Equal("not_retriable", call.NoRetry);
        Assert.NotEmpty(call.Phases);
    }

    [Fact]
    public void What_a_caller_makes_up_is_cut_and_printable()
    {
        var caller = _rig.Caller();
        caller.Call(more: $"x-request-id: {new string('a', 3000)}\u00ff");
        _rig.Wanted().Accept().Send(TrailersOnly(1, "grpc-status: 13"));
        _rig.Loop.Turn();
        Assert.Equal(new string('a', 512), Assert.Single(Find(new CallQuery()).Calls).RequestId);
    }

    [Fact]
    public void Slow_is_who_waits_for_an_answer_and_not_who_reads_a_long_one()
    {
        var (caller, _, up) = _rig.Begin();
        up.Send(Head(1), Message(1));
        _rig.Advance(5000);
        up.Send(Status(1));
        caller.Take();
        Assert.Empty(Find(new CallQuery()).Calls);
        caller.Call();
        _rig.Advance(1500);
        Answer();
        Assert.True(Assert.Single(Find(new CallQuery()).Calls).Slow);

        void Answer()
        {
            foreach (var server in _rig.Servers)
            {
                if (server.HasPending)
                {
                    server.Accept().Answer(1);
                    return;
                }
            }

            up.Answer(3);
        }
    }

    [Fact]
    public void Only_what_was_asked_for_and_no_more_than_finds_room()
    {
        var (caller, _, up) = _rig.Begin();
        up.Send(TrailersOnly(1, "grpc-status: 5"));
        caller.Take();
        Assert.Single(Find(new CallQuery { Service = "echo" }).Calls);
        Assert.Empty(Find(new CallQuery { Service = "other" }).Calls);
        _rig.Advance(TimeSpan.FromMinutes(2));
        Assert.Empty(Find(new CallQuery { Last = Google.Protobuf.WellKnownTypes.Duration.FromTimeSpan(TimeSpan.FromMinutes(1)) }).Calls);
        var cut = new SidecarCalls();
        CallSearch.Find(cut, _rig.Worker.Recorder.Copy(), new CallQuery(), _rig.Clock.GetUtcNow(), mostBytes: 10);
        Assert.Equal((0, 1u), (cut.Calls.Count, cut.LeftOut));
    }

    private static long Milliseconds(long micros) => (micros + 500) / 1000;

    private SidecarCalls Find(CallQuery query)
    {
        var found = new SidecarCalls();
        CallSearch.Find(found, _rig.Worker.Recorder.Copy(), query, _rig.Clock.GetUtcNow(), 250_000);
        return found;
    }
}
