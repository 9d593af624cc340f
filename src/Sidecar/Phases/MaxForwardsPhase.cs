using Mesh.Policy.Calls;

namespace Mesh.Sidecar.Phases;

/// <summary>
/// Answers a TRACE or an OPTIONS that nobody may pass on any more (RFC 9110 section 7.6.2): its caller wants to know whom it meets on
/// the way, which is us. Those that pass are counted down in the head that goes on.
/// </summary>
internal sealed class MaxForwardsPhase : Phase
{
    public override string Name => "max-forwards";

    public override PhaseVerdict Enter(CallFacts call) =>
        MaxForwards.IsMeant(call.Method) && call.TryGetHeader("max-forwards"u8, out var value) && MaxForwards.TryRead(value, out var left) && left == 0
            ? PhaseVerdict.AnswerOk()
            : PhaseVerdict.GoOn;
}
