using Mesh.Policy.Calls;
using Mesh.Policy.Outcomes;

namespace Mesh.Sidecar.Phases;

/// <summary>How many calls may be under way to a service at once (<c>limits.max_concurrent_requests</c>, <c>limits.adaptive</c>).</summary>
internal sealed class ConcurrencyPhase(ClusterLimits limits) : Phase
{
    public override string Name => "concurrency";

    public override PhaseVerdict Enter(CallFacts call) => limits.TryEnter() ? PhaseVerdict.GoOn : PhaseVerdict.Answer(OutcomeReason.Overflow);

    public override void Leave(CallFacts call, in Outcome outcome)
    {
        // A call that failed otherwise, or whose caller has gone, says nothing of how fast the service is.
        if (outcome.Class == OutcomeClass.Success || outcome.Reason is OutcomeReason.DeadlineExceeded or OutcomeReason.PerTryTimeout)
        {
            limits.Observe(call.Now, call.Now - call.StartedAt);
        }

        limits.Exit();
    }
}
