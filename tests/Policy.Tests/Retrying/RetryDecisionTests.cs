using Mesh.Policy.Outcomes;
using Mesh.Policy.Retrying;

namespace Mesh.Policy.Tests.Retrying;

public class RetryDecisionTests
{
    private static readonly RetryOptions Unavailable = new()
    {
        RetriableCodes = 1u << GrpcStatus.Unavailable,
        HttpStatuses = new HttpStatusSet([503]),
    };

    private readonly RetryBudget _budget = new(20, 10);
    private Rng _rng = new(3);

    [Fact]
    public void A_code_of_the_policy_is_tried_again_after_a_pause_with_full_jitter()
    {
        foreach (var (attempts, millis) in new[] { (1, 25), (2, 50), (3, 100), (4, 200), (5, 250), (9, 250) })
        {
            long longest = 0;
            for (var i = 0; i < 500; i++)
            {
                var input = Failed(Outcome.FromGrpc(GrpcStatus.Unavailable), attempts);
                var verdict = RetryDecision.Decide(
                    input, Unavailable with { MaxAttempts = 10 }, new RetryBudget(0, 1), 0, ref _rng, out var delay, out var reason);
                Assert.Equal((RetryVerdict.After, NoRetryReason.None), (verdict, reason));
                Assert.InRange(delay, 0, Time.Millis(millis));
                longest = Math.Max(longest, delay);
            }

            Assert.True(longest > Time.Millis(millis) * 0.95);
        }
    }

    [Fact]
    public void Each_reason_not_to_retry_is_named()
    {
        var failed = Failed(Outcome.FromGrpc(GrpcStatus.Unavailable));
        Assert.Equal(NoRetryReason.None, WhyNot(failed));
        Assert.Equal(NoRetryReason.NotRetriable, WhyNot(failed, RetryOptions.Default));
        Assert.Equal(NoRetryReason.NotRetriable, WhyNot(Failed(Outcome.FromGrpc(GrpcStatus.Internal))));
        Assert.Equal(NoRetryReason.NotRetriable, WhyNot(Failed(Outcome.Ok())));
        Assert.Equal(NoRetryReason.NotRetriable, WhyNot(Failed(Outcome.Cancelled())));
        Assert.Equal(NoRetryReason.NotRetriable, WhyNot(failed with { MethodRetriable = false }));
        Assert.Equal(NoRetryReason.Committed, WhyNot(failed with { Committed = true }));
        Assert.Equal(NoRetryReason.PushedBack, WhyNot(failed with { PushbackMs = -1 }));
        Assert.Equal(NoRetryReason.Repeat, WhyNot(failed with { IsRepeat = true }));
        Assert.Equal(NoRetryReason.AttemptsExhausted, WhyNot(failed with { Attempts = 3 }));
        Assert.Equal(NoRetryReason.NotReplayable, WhyNot(failed with { Replayable = false }));
        Assert.Equal(NoRetryReason.DeadlineTooClose, WhyNot(failed with { Deadline = 0 }));
        Assert.Equal(NoRetryReason.BudgetExhausted, WhyNot(failed, budget: new RetryBudget(0, 0)));
    }

    [Theory]
    [InlineData(OutcomeReason.PerTryTimeout, 504)]
    [InlineData(OutcomeReason.ConnectionLost, 502)]
    [InlineData(OutcomeReason.Reset, 502)]
    public void An_answer_that_has_not_come_counts_as_the_status_that_stands_for_it(OutcomeReason reason, int status)
    {
        var failed = Failed(Outcome.Failed(reason, OutcomeSource.Upstream));
        Assert.Equal(NoRetryReason.None, WhyNot(failed, new RetryOptions { HttpStatuses = new HttpStatusSet([status]) }));
        Assert.Equal(NoRetryReason.NotRetriable, WhyNot(failed, new RetryOptions { HttpStatuses = new HttpStatusSet([503]) }));
    }

    [Theory]
    [InlineData(OutcomeReason.Overflow)]
    [InlineData(OutcomeReason.CircuitOpen)]
    [InlineData(OutcomeReason.NoHealthyUpstream)]
    public void What_the_mesh_refuses_is_not_tried_again_though_its_code_is(OutcomeReason reason)
        => Assert.Equal(NoRetryReason.NotRetriable, WhyNot(Failed(Outcome.Failed(reason, OutcomeSource.Mesh))));

    [Fact]
    public void Http_statuses_resets_and_per_try_timeouts_are_tried_again_by_what_they_stand_for()
    {
        Assert.Equal(NoRetryReason.None, WhyNot(Failed(Outcome.FromHttp(503) with { GrpcStatus = -1 })));
        Assert.Equal(NoRetryReason.NotRetriable, WhyNot(Failed(Outcome.FromHttp(500))));
        Assert.Equal(NoRetryReason.None, WhyNot(Failed(Outcome.Failed(OutcomeReason.PerTryTimeout, OutcomeSource.Upstream))));
        Assert.Equal(NoRetryReason.None, WhyNot(Failed(Outcome.Failed(OutcomeReason.ConnectionLost, OutcomeSource.Upstream))));
        Assert.Equal(NoRetryReason.NotRetriable, WhyNot(Failed(Outcome.FromReset(0x2))));
    }

    [Fact]
    public void The_server_may_ask_for_a_pause_of_its_own()
    {
        var input = Failed(Outcome.FromGrpc(GrpcStatus.Unavailable)) with { PushbackMs = 1500 };
        RetryDecision.Decide(input, Unavailable, _budget, 0, ref _rng, out var delay, out _);
        Assert.Equal(Time.Millis(1500), delay);
        Assert.Equal(NoRetryReason.DeadlineTooClose, WhyNot(input with { Deadline = Time.Millis(1500) }));
    }

    [Fact]
    public void What_was_not_processed_is_tried_again_at_once_without_a_policy()
    {
        var lost = Failed(Outcome.Failed(OutcomeReason.ConnectFailed, OutcomeSource.Upstream)) with
        {
            NotProcessedAttempts = 1,
            MethodRetriable = false,
        };
        var verdict = RetryDecision.Decide(
            lost, RetryOptions.Default, new RetryBudget(0, 0), 0, ref _rng, out var delay, out _);
        Assert.Equal((RetryVerdict.Now, 0L), (verdict, delay));

        Assert.Equal(NoRetryReason.Committed, WhyNot(lost with { Committed = true }));
        Assert.Equal(NoRetryReason.NotReplayable, WhyNot(lost with { Replayable = false }));
        Assert.Equal(NoRetryReason.DeadlineTooClose, WhyNot(lost with { Deadline = 0 }));
    }

    [Fact]
    public void Only_the_first_attempt_not_processed_is_free_and_five_are_the_most()
    {
        var refused = Failed(Outcome.FromReset(0x7));
        for (var n = 1; n <= 5; n++)
        {
            var input = refused with { Attempts = n, NotProcessedAttempts = n };
            Assert.Equal(NoRetryReason.None, WhyNot(input));
            Assert.Equal(
                n == 1 ? NoRetryReason.None : NoRetryReason.BudgetExhausted, WhyNot(input, budget: new RetryBudget(0, 0)));
        }

        Assert.Equal(NoRetryReason.AttemptsExhausted, WhyNot(refused with { Attempts = 6, NotProcessedAttempts = 6 }));
        Assert.Equal(
            NoRetryReason.AttemptsExhausted, WhyNot(refused with { Attempts = 3, NotProcessedAttempts = 3, Endpoints = 1 }));
        Assert.Equal(96, _budget.Available(0));
    }

    [Fact]
    public void Attempts_not_processed_do_not_use_up_those_of_the_policy()
    {
        var input = Failed(Outcome.FromGrpc(GrpcStatus.Unavailable)) with { Attempts = 4, NotProcessedAttempts = 2 };
        Assert.Equal(NoRetryReason.None, WhyNot(input));
        Assert.Equal(NoRetryReason.AttemptsExhausted, WhyNot(input with { Attempts = 5 }));
    }

    [Fact]
    public void A_refused_retry_takes_nothing_from_the_budget()
    {
        var failed = Failed(Outcome.FromGrpc(GrpcStatus.Unavailable));
        WhyNot(failed with { Deadline = 0 });
        WhyNot(failed with { Attempts = 3 });
        Assert.Equal(100, _budget.Available(0));
        WhyNot(failed);
        Assert.Equal(99, _budget.Available(0));
    }

    [Fact]
    public void Deciding_allocates_nothing()
    {
        var input = Failed(Outcome.FromGrpc(GrpcStatus.Unavailable));
        Assert.Equal(0, Allocations.Of(() =>
        {
            _budget.OnRequest(0);
            RetryDecision.Decide(input, Unavailable, _budget, 0, ref _rng, out _, out _);
        }));
    }

    private static RetryInput Failed(Outcome outcome, int attempts = 1) => new(
        outcome, attempts, NotProcessedAttempts: 0, Committed: false, Replayable: true, MethodRetriable: true);

    private NoRetryReason WhyNot(RetryInput input, RetryOptions? options = null, RetryBudget? budget = null)
    {
        var verdict = RetryDecision.Decide(
            input, options ?? Unavailable, budget ?? _budget, 0, ref _rng, out _, out var reason);
        Assert.Equal(verdict == RetryVerdict.No, reason != NoRetryReason.None);
        return reason;
    }
}
