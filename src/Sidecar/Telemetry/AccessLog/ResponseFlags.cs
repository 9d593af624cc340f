using Mesh.Policy.Outcomes;

namespace Mesh.Sidecar.Telemetry.AccessLog;

/// <summary>
/// Why a call ended as it did, in the letters that operators know from Envoy's access log ("response flags"). SD is ours:
/// the sidecar shuts down.
/// </summary>
internal static class ResponseFlags
{
    /// <summary>What stands where there is nothing to say: somebody answered, well or not.</summary>
    public const string None = "-";

    /// <param name="reason">The last attempt's, or the mesh's own.</param>
    /// <param name="retried">There was more than one attempt, and the last one failed as well: URX is added.</param>
    public static string Of(OutcomeReason reason, bool retried)
    {
        var flag = FlagOf(reason);
        return (flag, retried) switch
        {
            (_, false) => flag,
            (None, true) => "URX",
            _ => flag + ",URX",
        };
    }

    private static string FlagOf(OutcomeReason reason) => reason switch
    {
        OutcomeReason.NoRoute or OutcomeReason.UnknownService or OutcomeReason.Loop or OutcomeReason.NoControlPlane => "NR",
        OutcomeReason.NoHealthyUpstream or OutcomeReason.CircuitOpen => "UH",
        OutcomeReason.Overflow => "UO",
        OutcomeReason.MemoryExhausted => "OM",
        OutcomeReason.DeadlineExceeded or OutcomeReason.PerTryTimeout => "UT",
        OutcomeReason.IdleTimeout => "SI",
        OutcomeReason.ConnectFailed or OutcomeReason.ConnectTimeout => "UF",
        OutcomeReason.ConnectionLost or OutcomeReason.GoAwayUnprocessed => "UC",
        OutcomeReason.Reset or OutcomeReason.RefusedStream => "UR",
        OutcomeReason.ProtocolError or OutcomeReason.NoGrpcStatus => "UPE",
        OutcomeReason.DownstreamCancelled => "DC",
        _ => None,
    };
}
