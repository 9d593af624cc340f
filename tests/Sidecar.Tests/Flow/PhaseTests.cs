using Mesh.Policy.Outcomes;
using Mesh.Sidecar.Tests.Flow.Rig;
using static Mesh.Sidecar.Tests.Flow.Rig.FlowRig;

namespace Mesh.Sidecar.Tests.Flow;

/// <summary>A policy is one class: it lets a call on, keeps it waiting or answers it, and learns how each call ended that it let on.</summary>
public sealed class PhaseTests
{
    private readonly FlowRig _rig = new();
    private readonly CatchPhase _phase = new();

    public PhaseTests() => _phase.Install(_rig);

    [Fact]
    public void A_call_that_is_let_on_is_a_call_as_any_other_and_the_phase_learns_of_its_end()
    {
        var (caller, _, up) = _rig.Begin();
        Assert.Equal((1, 0), (_phase.Entered, _phase.Left.Count));
        up.Answer(1);
        caller.Reads("HEADERS 1 :status=200 content-type=application/grpc", "DATA 1 15", "HEADERS 1 grpc-status=0 end");
        Assert.Equal(Outcome.Ok(), Assert.Single(_phase.Left));
        _rig.AssertAtRest();
    }

    [Fact]
    public void A_call_that_is_refused_gets_the_answer_of_its_reason_and_has_entered_nothing()
    {
        var caller = _rig.Caller();
        caller.Call(more: "x-toll: refuse");
        caller.Reads(Refusal(1, GrpcStatus.Unavailable, "too many calls are under way"));
        caller.Get(more: "x-toll: refuse");
        Assert.StartsWith("HEADERS 3 :status=503 ", caller.Take()[0], StringComparison.Ordinal);
        Assert.Empty(_phase.Left);
        Assert.False(_rig.Servers[0].HasPending);
        _rig.AssertAtRest();
    }

    [Fact]
    public void A_call_waits_as_long_as_it_is_told_and_then_goes_on()
    {
        var caller = _rig.Caller();
        caller.Call(more: "x-toll: 50");
        _rig.Advance(49);
        Assert.False(_rig.Servers[0].HasPending);
        _rig.Advance(2);
        var up = _rig.Servers[0].Accept();
        up.Answer(1);
        caller.Reads("HEADERS 1 :status=200 content-type=application/grpc", "DATA 1 15", "HEADERS 1 grpc-status=0 end");
        _rig.AssertAtRest();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_wait_ends_with_the_deadline_or_the_caller(bool byDeadline)
    {
        var caller = _rig.Caller();
        caller.Call(more: ["x-toll: 1000", "grpc-timeout: 100m"]);
        if (byDeadline)
        {
            _rig.Advance(101);
            caller.Reads(Refusal(1, GrpcStatus.DeadlineExceeded, "no answer from any endpoint within the caller's deadline of 100ms"));
        }
        else
        {
            caller.Reset(1);
        }

        Assert.Equal((0, 0), (_phase.Entered, _phase.Left.Count));
        Assert.False(_rig.Servers[0].HasPending);
        _rig.AssertAtRest();
    }

    [Fact]
    public void A_body_that_comes_while_a_call_waits_goes_with_it()
    {
        var caller = _rig.Caller();
        caller.Call(end: false, more: "x-toll: 50");
        caller.Send(ServerConnection.Message(1, end: true));
        _rig.Advance(51);
        var up = _rig.Servers[0].Accept();
        Assert.Equal("DATA 1 15 end", up.Take()[^1]);
        up.Answer(1);
        caller.Take();
        _rig.AssertAtRest();
    }
}
