using Mesh.Policy.Outcomes;

namespace Mesh.Sidecar.Telemetry.AccessLog;

/// <summary>
/// Why a call ended as it did, in the letters of the table of reasons.
/// </summary>
internal static class ResponseFlags
{
    /// <param name="reason">The last attempt's, or the mesh's own.</param>
    /// <param name="retried">There was more than one attempt, and the last one failed as well: URX is added.</param>
    public static string Of(OutcomeReason reason, bool retried)
    {
        var flag = Reasons.Of(reason).Flag;
        return (flag, retried) switch
        {
            (_, false) => flag,
            (Reasons.NoFlag, true) => "URX",
            _ => flag + ",URX",
        };
    }
}
