using Mesh.V1;

namespace Mesh.Diagnosis.Inference;

/// <summary>How a call or one of its attempts ended, as the sidecar names it.</summary>
/// <param name="Reason">A row of the table of reasons.</param>
/// <param name="GrpcStatus">gRPC's code; -1 where there is none.</param>
/// <param name="HttpStatus">HTTP's status; 0 where there is none.</param>
/// <param name="Failure">Why the connection failed, as the sidecar has it; empty if it did not.</param>
/// <param name="IsInbound">It is the app beside the sidecar that it speaks of.</param>
/// <param name="IsGrpc">The caller speaks gRPC.</param>
/// <param name="IsLocalReply">The word of the sidecar beside the endpoint.</param>
internal readonly record struct Ending(string Reason, int GrpcStatus, int HttpStatus, string Failure, bool IsInbound, bool IsGrpc, bool IsLocalReply)
{
    public static Ending Of(CallReport call) => new(
        call.Reason, call.GrpcStatus, call.HttpStatus, call.Attempts.Count == 0 ? "" : call.Attempts[^1].Failure, call.Side == CallSide.Inbound, IsGrpcCall(call), call.LocalReply);

    public static Ending Of(CallReport call, AttemptReport attempt) => new(
        attempt.Reason, attempt.GrpcStatus, attempt.HttpStatus, attempt.Failure, call.Side == CallSide.Inbound, IsGrpcCall(call), attempt.LocalReply);

    private static bool IsGrpcCall(CallReport call) => call.Protocol == "grpc";
}
