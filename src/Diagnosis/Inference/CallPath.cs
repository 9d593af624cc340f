using Mesh.Diagnosis.Records;

namespace Mesh.Diagnosis.Inference;

/// <summary>The way from a call to where its failure began: from its caller's sidecar to its callee's, from there to what that app called for it.</summary>
internal static class CallPath
{
    /// <summary>More hops than any mesh has; records that contradict each other must not lead in a circle.</summary>
    private const int Longest = 20;

    /// <summary>From the call itself to the last of which anything is told.</summary>
    public static IReadOnlyList<Witness> From(Evidence evidence, Witness call)
    {
        var path = new List<Witness> { call };
        while (path.Count < Longest && Next(evidence, path[^1]) is { } next && !path.Contains(next))
        {
            path.Add(next);
        }

        return path;
    }

    private static Witness? Next(Evidence evidence, Witness at)
    {
        if (!at.IsInbound)
        {
            // Whatever the mesh decides here began here; only what came from there is followed.
            return IsFromUpstream(at) && at.Last is { } attempt ? evidence.AtCallee(at, attempt) : null;
        }

        if (!IsFromApp(at))
        {
            return null;
        }

        // Of what the app called for it: what it waited for, or what failed last before it did.
        var made = evidence.MadeFor(at).ToList();
        return IsOfTime(at)
            ? made.Where(one => one.Call.DurationMicros * 2 >= at.Call.DurationMicros).MaxBy(one => one.Call.DurationMicros) ?? Failed(made).FirstOrDefault()
            : Failed(made).FirstOrDefault();
    }

    private static IEnumerable<Witness> Failed(IEnumerable<Witness> calls) => calls.Where(one => !one.IsSlowOnly).OrderByDescending(one => one.Ended);

    /// <summary>It ran out of time, was given up, or was slow: what counts is where the time went.</summary>
    public static bool IsOfTime(Witness at) => at.IsSlowOnly || at.Call.Reason is "deadline_exceeded" or "downstream_cancelled";

    private static bool IsFromUpstream(Witness at) => IsOfTime(at) || at.Call.Reason is
        "grpc_status" or "http_status" or "no_grpc_status" or "refused_stream" or "reset" or "connection_lost" or "protocol_error";

    private static bool IsFromApp(Witness at) => IsOfTime(at) || at.Call.Reason is "grpc_status" or "http_status" or "no_grpc_status" or "reset";
}
