using Mesh.Policy.Outcomes;

namespace Mesh.Policy.Retrying;

/// <summary>
/// Whether a failed attempt is followed by another (gRFC A6, with a budget instead of its throttle). Two kinds: what
/// provably was not processed is tried again at once, whatever the policy; anything else if the policy names its code or
/// status and the method, after a pause, and if the call is not another attempt of somebody else's: over several hops each would make
/// more of the others'. Any thread.
/// </summary>
public static class RetryDecision
{
    // A call goes to so many endpoints in vain before it gives up, even if the cluster has thousands: by then the fault
    // is not an endpoint's.
    private const int MaxNotProcessed = 5;

    // 2^20 times any base above 0 exceeds any pause that is allowed; it keeps the shift below from overflowing.
    private const int MaxDoublings = 20;

    /// <summary>Decides, and takes from the budget if the answer is yes.</summary>
    /// <param name="input">What happened.</param>
    /// <param name="options">The policy.</param>
    /// <param name="budget">The service's.</param>
    /// <param name="now">The time, in ticks.</param>
    /// <param name="rng">Decides the pause.</param>
    /// <param name="delayTicks">The pause with <see cref="RetryVerdict.After"/>, otherwise 0.</param>
    /// <param name="reason">Why not, with <see cref="RetryVerdict.No"/>.</param>
    public static RetryVerdict Decide(
        in RetryInput input,
        RetryOptions options,
        RetryBudget budget,
        long now,
        ref Rng rng,
        out long delayTicks,
        out NoRetryReason reason)
    {
        delayTicks = 0;
        var notProcessed = input.Outcome.NotProcessed;
        reason = notProcessed ? WhyNotAgain(input, now) : WhyNotByPolicy(input, options);
        if (reason != NoRetryReason.None)
        {
            return RetryVerdict.No;
        }

        if (!notProcessed)
        {
            delayTicks = Pause(input, options, ref rng);
            if (delayTicks >= input.Deadline - now)
            {
                delayTicks = 0;
                reason = NoRetryReason.DeadlineTooClose;
                return RetryVerdict.No;
            }
        }

        // Last, so that nothing is taken for a retry that is not made. The first one not processed is free: the endpoint
        // had no work with it, and an instance that goes away must not cost the calls that were on their way to it.
        var free = notProcessed && input.NotProcessedAttempts <= 1;
        if (!free && !budget.TryTake(now))
        {
            delayTicks = 0;
            reason = NoRetryReason.BudgetExhausted;
            return RetryVerdict.No;
        }

        return delayTicks > 0 ? RetryVerdict.After : RetryVerdict.Now;
    }

    private static NoRetryReason WhyNotAgain(in RetryInput input, long now)
    {
        if (input.Outcome.Class != OutcomeClass.Failure)
        {
            return NoRetryReason.NotRetriable;
        }

        if (input.Committed)
        {
            return NoRetryReason.Committed;
        }

        if (!input.Replayable)
        {
            return NoRetryReason.NotReplayable;
        }

        // One more than there are endpoints: a single endpoint that restarts gets a second connection.
        if (input.NotProcessedAttempts > Math.Min(MaxNotProcessed, (long)input.Endpoints + 1))
        {
            return NoRetryReason.AttemptsExhausted;
        }

        return input.Deadline <= now ? NoRetryReason.DeadlineTooClose : NoRetryReason.None;
    }

    private static NoRetryReason WhyNotByPolicy(in RetryInput input, RetryOptions options)
    {
        if (!IsRetriable(input.Outcome, options) || !input.MethodRetriable)
        {
            return NoRetryReason.NotRetriable;
        }

        if (input.Committed)
        {
            return NoRetryReason.Committed;
        }

        if (input.PushbackMs < 0)
        {
            return NoRetryReason.PushedBack;
        }

        if (input.IsRepeat)
        {
            return NoRetryReason.Repeat;
        }

        if (Counted(input) >= options.MaxAttempts)
        {
            return NoRetryReason.AttemptsExhausted;
        }

        return input.Replayable ? NoRetryReason.None : NoRetryReason.NotReplayable;
    }

    // What the mesh itself refuses (no route, overflow, ...) it would refuse again.
    private static bool IsRetriable(in Outcome outcome, RetryOptions options)
        => outcome.Class == OutcomeClass.Failure
            && Reasons.Of(outcome.Reason).Retriable == Retriable.ByPolicy
            && outcome.Source != OutcomeSource.Downstream
            && ((outcome.GrpcStatus is >= 0 and <= 16 && (options.RetriableCodes >> outcome.GrpcStatus & 1) != 0)
                || options.HttpStatuses.Contains(StatusOf(outcome)));

    // Where no answer has come, the one that the caller would get in its place.
    private static int StatusOf(in Outcome outcome) => outcome.HttpStatus != 0 ? outcome.HttpStatus : Reasons.Of(outcome.Reason).HttpStatus;

    private static int Counted(in RetryInput input) => input.Attempts - input.NotProcessedAttempts;

    private static long Pause(in RetryInput input, RetryOptions options, ref Rng rng)
    {
        if (input.PushbackMs is { } pushback)
        {
            return pushback * TimeSpan.TicksPerMillisecond;
        }

        var doublings = Math.Clamp(Counted(input) - 1, 0, MaxDoublings);
        var longest = Math.Min(options.BackoffBase.Ticks * (double)(1 << doublings), options.BackoffMax.Ticks);
        return (long)(longest * rng.NextDouble());
    }
}
