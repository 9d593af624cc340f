using Mesh.Diagnosis.Causes;

namespace Mesh.Diagnosis.Inference;

/// <summary>Causes that lie in who was called, or on the way there: they follow from how an attempt ended.</summary>
internal static class EndpointCauses
{
    // What says that the server is in trouble, as the breaker and the balancer have it; the rest is the caller's matter.
    private static readonly int[] ServersCodes = [1, 2, 4, 8, 13, 14, 15];

    private const int Unimplemented = 12;

    /// <summary>Null if it is no matter of an endpoint's.</summary>
    public static Cause? Of(in Ending end) => end.Reason switch
    {
        "grpc_status" or "http_status" when end.IsLocalReply => Cause.CalleesSidecar,
        "grpc_status" => end.GrpcStatus == Unimplemented ? Cause.MethodUnknown : ServersCodes.Contains(end.GrpcStatus) ? Cause.AppError : Cause.AppRefused,
        "http_status" => end.IsGrpc ? Cause.NotGrpc : end.HttpStatus is >= 400 and < 500 ? Cause.AppRefused : Cause.AppHttpError,
        "no_grpc_status" => Cause.AnswerBroken,
        "connect_failed" => end.IsInbound ? IsSilence(end.Failure) ? Cause.AppSilent : Cause.AppDown : OfConnection(end.Failure),
        "connect_timeout" => end.IsInbound ? Cause.AppSilent : Cause.InstanceSilent,
        "refused_stream" => Cause.StreamRefused,
        "go_away_unprocessed" => Cause.InstanceLeaves,
        "reset" => end.IsInbound ? Cause.AppReset : Cause.PeerReset,
        "connection_lost" => end.IsInbound ? Cause.AppCrashed : Cause.ConnectionLost,
        "protocol_error" => end.IsInbound ? Cause.AppBreaksProtocol : Cause.PeerBreaksProtocol,
        "wrong_protocol" => Cause.AppWrongProtocol,
        "per_try_timeout" => Cause.PerTryTooShort,
        _ => null,
    };

    /// <summary>By what the sidecar says of the connection, in the words of its table.</summary>
    private static Cause OfConnection(string failure) =>
        Says(failure, "TLS") || Says(failure, "certificate") || Says(failure, "trust") ? Cause.TlsFailed
        : Says(failure, "no such host") || Says(failure, "the name '") || Says(failure, "looked up") || Says(failure, "resolve") ? Cause.NameUnresolved
        : Says(failure, "no route") || Says(failure, "unreachable") && !Says(failure, "refused") ? Cause.NetworkUnreachable
        : IsSilence(failure) ? Cause.InstanceSilent
        : Cause.InstanceGone;

    private static bool IsSilence(string failure) => Says(failure, "in time") || Says(failure, "does not answer") || Says(failure, "says nothing");

    private static bool Says(string text, string word) => text.Contains(word, StringComparison.OrdinalIgnoreCase);
}
