using Mesh.Policy.Calls;
using Mesh.Policy.Outcomes;

namespace Mesh.Sidecar.Phases;

/// <summary>How many calls may be under way to a service at once (<c>limits.max_concurrent_requests</c>).</summary>
internal sealed class ConcurrencyPhase(ClusterLimits limits) : Phase
{
    public override string Name => "concurrency";

    public override PhaseVerdict Enter(CallFacts call) => limits.TryEnter() ? PhaseVerdict.GoOn : PhaseVerdict.Answer(OutcomeReason.Overflow);

    public override void Leave(CallFacts call, in Outcome outcome) => limits.Exit();
}
