using Mesh.Conformance.Peer;
using Mesh.Policy.Outcomes;
using Mesh.Policy.Retrying;
using Mesh.Sidecar.Tests.Flow.Rig;
using Mesh.Wire.Http2.Frames;
using static Mesh.Sidecar.Tests.Flow.Rig.FlowRig;
using static Mesh.Sidecar.Tests.Flow.Rig.ServerConnection;

namespace Mesh.Sidecar.Tests.Flow;

/// <summary>A failed attempt is followed by another exactly when it may be: within policy and budget, before the answer is given.</summary>
public sealed class RetryTests
{
    private const int Internal = GrpcStatus.Internal;
    private const int Unavailable = GrpcStatus.Unavailable;

    [Fact]
    public void A_head_that_is_held_back_and_then_reset_was_never_there()
    {
        var rig = new FlowRig(servers: 2, Retrying(Internal));
        var (caller, server, up) = rig.Begin();
        up.Send(Head(1, "x-from: first"));
        caller.Reads();
        up.Send(Frames.RstStream(1, ErrorCode.InternalError));
        rig.Advance(300);
        var other = rig.Wanted();
        var otherUp = other.Accept();
        Assert.Contains("grpc-previous-rpc-attempts=1", otherUp.Take().Single(), StringComparison.Ordinal);
        otherUp.Answer(1);
        caller.Reads("HEADERS 1 :status=200 content-type=application/grpc", "DATA 1 15", "HEADERS 1 grpc-status=0 end");
        Assert.NotSame(server, other);
        Assert.Equal((0, 1, 0), server.Load);
        rig.AssertAtRest();
    }

    [Fact]
    public void With_one_attempt_a_call_goes_on_until_an_endpoint_has_looked_at_it_and_the_message_counts_apart()
    {
        var rig = new FlowRig(servers: 3, Retrying(Unavailable) with { Retry = new RetryOptions { MaxAttempts = 1, RetriableCodes = 1u << Unavailable } });
        var caller = rig.Caller();
        caller.Call();
        rig.Wanted().Refuse();
        rig.Wanted().Refuse();
        var up = rig.Wanted().Accept();
        up.Cut();
        caller.Reads(Refusal(1, Unavailable, "the connection to * was lost (1 attempt and 2 that were not processed)"));
        rig.AssertAtRest();
    }

    [Fact]
    public void Where_nobody_is_reached_no_attempt_has_been_processed()
    {
        var rig = new FlowRig(policy: Plain with { Retry = new RetryOptions { MaxAttempts = 1 } });
        var (caller, server) = (rig.Caller(), rig.Servers[0]);
        caller.Call();
        for (var i = 0; i < 3; i++)
        {
            server.Refuse();
        }

        caller.Reads(Refusal(1, Unavailable, "cannot be reached: connection refused or unreachable (3 attempts, none of them processed)"));
        rig.AssertAtRest();
    }

    [Fact]
    public void A_head_that_is_held_back_and_then_reset_with_a_code_that_is_final_is_a_failure_without_it()
    {
        var rig = new FlowRig(servers: 2, Retrying(Unavailable));
        var (caller, _, up) = rig.Begin();
        up.Send(Head(1, "x-from: first"), Frames.RstStream(1, ErrorCode.InternalError));
        caller.Reads(Refusal(1, Internal, "reset the stream"));
        rig.AssertAtRest();
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_head_that_is_held_back_is_let_go_by_time_or_a_message_and_with_it_the_retry(bool byTime)
    {
        var rig = new FlowRig(servers: 2, Retrying(Internal));
        var (caller, server, up) = rig.Begin();
        up.Send(Head(1));
        caller.Reads();
        if (byTime)
        {
            rig.Advance(21);
            caller.Reads("HEADERS 1 :status=200*");
        }
        else
        {
            up.Send(Message(1));
            caller.Reads("HEADERS 1 :status=200*", "DATA 1 15");
        }

        up.Send(Frames.RstStream(1, ErrorCode.InternalError));
        caller.Reads(Ending(1, Internal, "reset the stream"));
        Assert.Equal(0, rig.Other(server).Attempts);
        rig.AssertAtRest();
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_status_of_the_policy_is_tried_again_as_often_as_it_says(bool headFirst)
    {
        var rig = new FlowRig(servers: 1, Retrying(Unavailable));
        var (caller, server, up) = rig.Begin();
        for (uint id = 1; id <= 5; id += 2)
        {
            caller.Reads();
            if (id > 1)
            {
                Assert.Contains($"grpc-previous-rpc-attempts={id / 2}", up.Take().Single(), StringComparison.Ordinal);
            }

            up.Send(headFirst ? [Head(id), Status(id, Unavailable, $"x-try: {id}")] : [TrailersOnly(id, "grpc-status: 14", $"x-try: {id}")]);
            rig.Advance(300);
        }

        Assert.EndsWith("grpc-status=14 x-try=5 end", string.Join(' ', caller.Take()), StringComparison.Ordinal);
        Assert.Equal((0, 3, 0), server.Load);
        rig.AssertAtRest();
    }

    [Fact]
    public void An_answer_that_ends_mute_is_tried_again_where_UNKNOWN_is()
    {
        var rig = new FlowRig(servers: 2, Retrying(GrpcStatus.Unknown));
        var (caller, _, up) = rig.Begin();
        up.Send(Head(1), Frames.Data(1, 0, end: true));
        rig.Advance(300);
        rig.Wanted().Accept().Answer(1);
        caller.Reads("HEADERS 1 :status=200*", "DATA 1 15", "HEADERS 1 grpc-status=0 end");
        rig.AssertAtRest();
    }

    [Fact]
    public void A_lost_connection_is_tried_again_where_the_policy_says_so()
    {
        var rig = new FlowRig(servers: 2, Retrying(Unavailable));
        var (caller, server, up) = rig.Begin();
        up.Cut();
        rig.Advance(300);
        var other = rig.Wanted();
        Assert.NotSame(server, other);
        other.Accept().Answer(1);
        caller.Reads("HEADERS 1 :status=200*", "DATA 1 15", "HEADERS 1 grpc-status=0 end");
        rig.AssertAtRest();
    }

    [Fact]
    public void Without_budget_the_first_failure_is_the_answer()
    {
        var policy = Retrying(Unavailable);
        var rig = new FlowRig(servers: 2, policy with { Retry = policy.Retry with { BudgetPercent = 0, BudgetMinPerSecond = 0 } });
        var (caller, server, up) = rig.Begin();
        up.Send(TrailersOnly(1, "grpc-status: 14", "grpc-message: busy"));
        caller.Reads("HEADERS 1 :status=200 content-type=application/grpc grpc-status=14 grpc-message=busy end");
        Assert.Equal(0, rig.Other(server).Attempts);
        rig.AssertAtRest();
    }

    [Fact]
    public void A_message_above_the_replay_limit_is_sent_once_even_if_refused()
    {
        var rig = new FlowRig(servers: 2);
        var (caller, server, up) = rig.Begin(end: false);
        for (var i = 0; i < 7; i++)
        {
            caller.Send(Frames.Data(1, 10_000));
        }

        up.Send(Frames.RstStream(1, ErrorCode.RefusedStream));
        caller.Reads(Refusal(1, Unavailable, "refused the call and has not looked at it"), "RST_STREAM 1 NO_ERROR");
        Assert.Equal(0, rig.Other(server).Attempts);
        rig.AssertAtRest();
    }

    [Fact]
    public void A_deadline_ends_the_pause_before_a_retry()
    {
        var policy = Retrying(Unavailable);
        var rig = new FlowRig(servers: 2, policy with { Retry = policy.Retry with { BackoffBase = TimeSpan.FromSeconds(100), BackoffMax = TimeSpan.FromSeconds(100) } });
        var (caller, _, up) = rig.Begin(more: "grpc-timeout: 99S");
        up.Send(TrailersOnly(1, "grpc-status: 14"));
        rig.Advance(99_001);
        Assert.Contains("HEADERS 1", caller.Take()[^1], StringComparison.Ordinal);
        rig.AssertAtRest();
    }

    [Fact]
    public void A_deadline_ends_a_held_head()
    {
        var rig = new FlowRig(servers: 2, Retrying(Unavailable));
        var (caller, server, up) = rig.Begin(more: "grpc-timeout: 10m");
        up.Send(Head(1));
        rig.Advance(11);
        caller.Reads(Refusal(1, GrpcStatus.DeadlineExceeded, "no answer from 127.0.0.1:500* within the caller's deadline of 10ms (1 attempt)"));
        up.Reads("RST_STREAM 1 CANCEL");
        Assert.Equal((1, 0, 0), server.Load); // its head came in time, and what the caller wanted is not its fault
        rig.AssertAtRest();
    }

    [Fact]
    public void Attempts_that_take_too_long_are_cancelled_at_their_endpoints()
    {
        var rig = new FlowRig(servers: 2, Retrying(Unavailable) with
        {
            Timeouts = new() { PerTry = TimeSpan.FromMilliseconds(100) },
            Retry = Retrying(Unavailable).Retry with { MaxAttempts = 2 },
        });
        var (caller, server, up) = rig.Begin();
        rig.Advance(101);
        up.Reads("RST_STREAM 1 CANCEL");
        caller.Reads();
        rig.Advance(300);
        var other = rig.Wanted().Accept();
        Assert.Single(other.Take());
        rig.Advance(101);
        other.Reads("RST_STREAM 1 CANCEL");
        caller.Reads(Refusal(1, Unavailable, "no answer from 127.0.0.1:500* within timeouts.per_try of *s (2 attempts)"));
        Assert.All(rig.Servers, s => Assert.Equal((0, 1, 0), s.Load));
        Assert.NotSame(server.Connection, other);
        rig.AssertAtRest();
    }

    [Fact]
    public void A_caller_that_cancels_during_the_pause_leaves_nothing()
    {
        var rig = new FlowRig(servers: 2, Retrying(Unavailable));
        var (caller, server, up) = rig.Begin(end: false);
        caller.Send(Message(1, 1000));
        up.Send(TrailersOnly(1, "grpc-status: 14"));
        caller.Reset(1);
        rig.Advance(300);
        Assert.Equal(0, rig.Other(server).Attempts);
        caller.Reads();
        rig.AssertAtRest();
    }

    [Fact]
    public void Who_tries_again_by_itself_is_not_helped_but_where_no_server_has_looked_at_the_call()
    {
        var rig = new FlowRig(servers: 2, Retrying(Unavailable));
        var before = rig.Cluster.DefaultRoute.Budget.Available(rig.Loop.Now);
        var caller = rig.Caller();
        caller.Call(more: "grpc-previous-rpc-attempts: 2");
        rig.Wanted().Refuse();
        var up = rig.Wanted().Accept();
        Assert.Contains("grpc-previous-rpc-attempts=2", up.Take().Single(), StringComparison.Ordinal);
        up.Send(TrailersOnly(1, "grpc-status: 14"));
        rig.Advance(300);
        caller.Reads("HEADERS 1 :status=200 content-type=application/grpc grpc-status=14 end");
        Assert.Equal(before, rig.Cluster.DefaultRoute.Budget.Available(rig.Loop.Now)); // it is no request that others may be tried again for
        rig.AssertAtRest();
    }

    [Fact]
    public void What_is_not_gRPC_says_in_a_header_of_the_meshs_how_often_it_was_tried()
    {
        var rig = new FlowRig(servers: 2, Plain with { Retry = new RetryOptions { HttpStatuses = new HttpStatusSet([503]) } });
        var caller = rig.Caller();
        caller.Get();
        var up = rig.Wanted().Accept();
        Assert.DoesNotContain("attempts", up.Take().Single(), StringComparison.Ordinal);
        up.Send(Frames.Headers(1, HeaderBlock.Of([":status: 503"]), end: true));
        rig.Advance(300);
        var again = rig.Wanted().Accept();
        Assert.Contains("x-mesh-previous-attempts=1", again.Take().Single(), StringComparison.Ordinal);
        again.Send(Frames.Headers(1, HeaderBlock.Of([":status: 200"]), end: true));
        caller.Reads("HEADERS 1 :status=200 end");
        rig.AssertAtRest();
    }

    [Theory]
    [InlineData("x-mesh-previous-attempts: 1", "")]
    [InlineData("x-mesh-other: 1", "x-mesh-no-retry: 1")]
    public void What_is_not_gRPC_is_not_tried_again_where_its_head_or_its_answer_asks_for_that(string asked, string answered)
    {
        var rig = new FlowRig(servers: 2, Plain with { Retry = new RetryOptions { HttpStatuses = new HttpStatusSet([503]) } });
        var caller = rig.Caller();
        caller.Get(more: asked);
        var up = rig.Wanted().Accept();
        up.Send(Frames.Headers(1, HeaderBlock.Of([":status: 503", .. answered.Length > 0 ? [answered] : Array.Empty<string>()]), end: true));
        rig.Advance(300);
        caller.Reads("HEADERS 1 :status=503* end");
        rig.AssertAtRest();
    }
}
