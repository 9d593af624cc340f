using Mesh.Policy.Calls;
using Mesh.Policy.Outcomes;

namespace Mesh.Sidecar.Phases;

/// <summary>The route answers its calls itself (<c>redirect</c>, <c>direct_response</c>): the last of its phases.</summary>
/// <param name="reason">How it does.</param>
/// <param name="grpcStatus">In gRPC.</param>
/// <param name="httpStatus">In HTTP.</param>
internal sealed class AnswerPhase(OutcomeReason reason, int grpcStatus, int httpStatus) : Phase
{
    public override string Name => "answer";

    public override PhaseVerdict Enter(CallFacts call) => PhaseVerdict.Answer(Outcome.OfRoute(reason, call.IsGrpc, grpcStatus, httpStatus));
}
