using Mesh.Policy.Authorization;
using Mesh.Policy.Calls;
using Mesh.Policy.Outcomes;

namespace Mesh.Sidecar.Phases;

/// <summary>Who may call what of the app (<c>inbound.authorization</c>).</summary>
/// <param name="decision">What was configured.</param>
/// <param name="denials">Told of each call that is, or would be, refused; lasts longer than the snapshot.</param>
internal sealed class AuthorizePhase(AuthorizationDecision decision, Denials denials) : Phase
{
    public override string Name => "authorize";

    public override string Limit => decision.Options.Name;

    public override PhaseVerdict Enter(CallFacts call)
    {
        var verdict = decision.Decide(call);
        if (verdict.IsAllowed)
        {
            return PhaseVerdict.GoOn;
        }

        denials.Count(call, verdict, decision.Options.IsDryRun);
        return decision.Options.IsDryRun ? PhaseVerdict.GoOn : PhaseVerdict.Answer(OutcomeReason.AccessDenied);
    }
}
