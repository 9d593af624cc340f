using Mesh.Policy.Calls;
using Mesh.Policy.Outcomes;

namespace Mesh.Sidecar.Phases;

/// <summary>Refuses gRPC where the app is given as one of HTTP/1.1 alone (<c>--app-protocol http1</c>): it would not understand it.</summary>
internal sealed class NoGrpcPhase : Phase
{
    public override string Name => "no-grpc";

    public override PhaseVerdict Enter(CallFacts call) => call.IsGrpc ? PhaseVerdict.Answer(OutcomeReason.WrongProtocol) : PhaseVerdict.GoOn;
}
