using Mesh.Policy.Outcomes;
using Mesh.Sidecar.Tests.Flow.Rig;
using Mesh.Wire.Http2.Frames;
using static Mesh.Sidecar.Tests.Flow.Rig.FlowRig;
using static Mesh.Sidecar.Tests.Flow.Rig.ServerConnection;

namespace Mesh.Sidecar.Tests.Flow.Attempts;

/// <summary>Two attempts of one call compete: one answers, the other loses, and neither the caller nor the endpoints are wronged.</summary>
public sealed class HedgeTests
{
    private readonly FlowRig _rig = new(servers: 3);
    private readonly CatchPhase _calls = new();

    public HedgeTests() => _calls.Install(_rig);

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void The_first_answer_is_the_calls_and_the_other_attempt_is_cancelled(bool secondWins)
    {
        var (caller, first, firstUp) = _rig.Begin();
        var (second, secondUp) = Hedge();
        Assert.NotSame(first, second);
        Assert.Contains("grpc-previous-rpc-attempts=1", secondUp.Take().Single(), StringComparison.Ordinal);
        var (winner, loser) = secondWins ? (secondUp, firstUp) : (firstUp, secondUp);
        winner.Answer(1);
        caller.Reads("HEADERS 1 :status=200 content-type=application/grpc", "DATA 1 15", "HEADERS 1 grpc-status=0 end");
        loser.Reads("RST_STREAM 1 CANCEL");
        Assert.Equal((1, 0, 0), (secondWins ? second : first).Load);
        Assert.Equal((0, 0, 0), (secondWins ? first : second).Load); // it has done nothing wrong
        _rig.AssertAtRest();
    }

    [Fact]
    public void One_that_breaks_off_leaves_the_answer_to_the_other()
    {
        var (caller, _, firstUp) = _rig.Begin();
        var (_, secondUp) = Hedge();
        secondUp.Take();
        firstUp.Cut();
        caller.Reads();
        secondUp.Answer(1);
        caller.Reads("HEADERS 1 :status=200 content-type=application/grpc", "DATA 1 15", "HEADERS 1 grpc-status=0 end");
        _rig.AssertAtRest();
    }

    [Fact]
    public void When_all_have_failed_the_call_fails_once()
    {
        var (caller, _, firstUp) = _rig.Begin();
        var (_, secondUp) = Hedge();
        firstUp.Cut();
        secondUp.Cut();
        caller.Reads(Refusal(1, GrpcStatus.Unavailable, "the connection to * was lost (2 attempts)"));
        _rig.AssertAtRest();
    }

    [Fact]
    public void A_body_goes_to_both_and_is_credited_when_both_have_taken_it()
    {
        var caller = _rig.Caller();
        caller.Call(end: false);
        var first = _rig.Wanted();
        var firstUp = first.Accept();
        caller.Send(Message(1));
        Assert.True(_calls.Last.Flow.Attempts.TryBeside(_calls.Last));
        _rig.Loop.Turn();
        var secondUp = _rig.Wanted().Accept();
        Assert.Equal("DATA 1 15", secondUp.Take()[^1]); // what came before it
        caller.Send(Message(1, end: true));
        Assert.Equal("DATA 1 15 end", secondUp.Take()[^1]);
        Assert.Equal("DATA 1 15 end", firstUp.Take()[^1]);
        secondUp.Answer(1);
        Assert.Equal("HEADERS 1 grpc-status=0 end", caller.Take()[^1]);
        _rig.AssertAtRest();
    }

    [Fact]
    public void None_is_made_where_the_call_has_been_or_once_an_answer_is_on_its_way()
    {
        var rig = new FlowRig();
        _calls.Install(rig);
        var (caller, _, up) = rig.Begin();
        Assert.False(_calls.Last.Flow.Attempts.TryBeside(_calls.Last)); // there is no other endpoint
        up.Send(Head(1), Message(1));
        caller.Take();
        Assert.False(_calls.Last.Flow.Attempts.TryBeside(_calls.Last));
        up.Send(Status(1));
        caller.Take();
        rig.AssertAtRest();
    }

    [Fact]
    public void A_caller_that_cancels_ends_all()
    {
        var (caller, _, firstUp) = _rig.Begin();
        var (_, secondUp) = Hedge();
        secondUp.Take();
        caller.Reset(1, ErrorCode.Cancel);
        firstUp.Reads("RST_STREAM 1 CANCEL");
        secondUp.Reads("RST_STREAM 1 CANCEL");
        _rig.AssertAtRest();
    }

    private (Server Server, ServerConnection Up) Hedge()
    {
        Assert.True(_calls.Last.Flow.Attempts.TryBeside(_calls.Last));
        _rig.Loop.Turn();
        var server = _rig.Wanted();
        return (server, server.Accept());
    }
}
