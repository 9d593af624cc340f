using Mesh.Resources.Rollouts;
using Mesh.V1;

namespace Mesh.ControlPlane.Rollouts;

/// <summary>What is wrong with how a version is to be tried out.</summary>
internal static class StagingFaults
{
    private const uint MostCalls = 1_000_000;
    private static readonly TimeSpan Shortest = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Longest = TimeSpan.FromDays(7);

    /// <summary>A line per fault, by field.</summary>
    public static List<string> Of(Staging staging)
    {
        var faults = new List<string>();
        if (staging.Percent is not (> 0 and < 100))
        {
            faults.Add("staging.percent: is not above 0 and below 100");
        }

        // Not by ToTimeSpan, which throws for what is no duration.
        if (staging.Duration is not { Seconds: >= 0, Nanos: >= 0 and < 1_000_000_000 } duration
            || duration.Seconds < Shortest.TotalSeconds || duration.Seconds + (duration.Nanos == 0 ? 0 : 1) > Longest.TotalSeconds)
        {
            faults.Add("staging.duration: is not within 1s to 7 days");
        }

        if (!AbortCondition.TryParse(staging.AbortIf, out _, out var error))
        {
            faults.Add($"staging.abort_if: {error}");
        }

        if (staging.HasMinCalls && staging.MinCalls is < 1 or > MostCalls)
        {
            faults.Add($"staging.min_calls: {staging.MinCalls} is not within 1 to {MostCalls}");
        }

        return faults;
    }
}
