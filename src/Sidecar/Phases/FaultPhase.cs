using Mesh.Policy.Calls;
using Mesh.Policy.Faults;
using Mesh.Policy.Outcomes;

namespace Mesh.Sidecar.Phases;

/// <summary>Faults made on purpose (<c>fault</c>): a delay, and after it perhaps an answer.</summary>
internal sealed class FaultPhase(FaultOptions options) : Phase
{
    public override string Name => "fault";

    public override PhaseVerdict Enter(CallFacts call) =>
        FaultDecision.DelayOf(options, call) is > 0 and var ticks ? PhaseVerdict.Wait(ticks) : Resume(call);

    public override PhaseVerdict Resume(CallFacts call) => FaultDecision.IsAborted(options, call, out var status)
        ? PhaseVerdict.Answer(Outcome.Failed(OutcomeReason.FaultInjected, OutcomeSource.Mesh) with { GrpcStatus = status.Grpc, HttpStatus = status.Http })
        : PhaseVerdict.GoOn;
}
