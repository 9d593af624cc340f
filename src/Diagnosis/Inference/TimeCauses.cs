using Mesh.Diagnosis.Causes;
using Mesh.Diagnosis.Records;
using Mesh.V1;

namespace Mesh.Diagnosis.Inference;

/// <summary>Where the time of a call went: of one that ran out of it, that its caller gave up, or that was slow.</summary>
internal static class TimeCauses
{
    // What took most of it is what it is about.
    private const double Most = 0.5;

    /// <param name="path">From the first caller to where the time seems to have gone.</param>
    /// <param name="culprit">The failed attempt that used it up, if one did.</param>
    public static Cause Of(IReadOnlyList<Witness> path, out AttemptReport? culprit)
    {
        culprit = null;
        var call = path[^1].Call;
        if (HadHardlyAny(path))
        {
            return Cause.DeadlineEatenBefore;
        }

        var attempts = call.Attempts;
        var whole = Math.Max(1, call.DurationMicros);
        if (attempts.Count == 0)
        {
            return call.Reason == "downstream_cancelled" ? Cause.CallerGaveUp
                : call.Phases.Count > 0 || call.StoppedBy.Length > 0 ? Cause.FaultDelay
                : Cause.NoControlPlane; // it was parked
        }

        if (attempts[0].StartedMicros >= whole * Most)
        {
            return Cause.FaultDelay;
        }

        var last = attempts[^1];
        if (attempts.Count > 1 && last.StartedMicros >= whole * Most)
        {
            culprit = attempts.Take(attempts.Count - 1).MaxBy(one => one.EndedMicros - one.StartedMicros);
            return Cause.DeadlineEatenByRetries;
        }

        var waited = (last.SentMicros == 0 ? whole : last.SentMicros) - last.StartedMicros;
        return waited >= whole * Most ? Cause.DeadlineEatenByConnecting
            : path[^1].IsInbound ? Cause.AppSlow
            : Cause.InstanceSlow;
    }

    /// <summary>Much less than the first caller had: those before have used it up. What is known of one hop alone says nothing of that.</summary>
    private static bool HadHardlyAny(IReadOnlyList<Witness> path)
    {
        var first = path[0].Call.Times?.CallerMicros ?? 0;
        var last = path[^1].Call.Times?.CallerMicros ?? 0;
        return path.Count > 1 && path[^1].Call.Reason == "deadline_exceeded" && first > 0 && last > 0 && last < first * Most;
    }
}
