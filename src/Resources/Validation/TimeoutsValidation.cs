using Google.Protobuf.WellKnownTypes;
using Mesh.V1;

namespace Mesh.Resources.Validation;

/// <summary>Whether timeouts are within their ranges and agree with each other.</summary>
internal static class TimeoutsValidation
{
    public static readonly TimeSpan ShortestConnect = TimeSpan.FromMilliseconds(1);
    public static readonly TimeSpan LongestConnect = TimeSpan.FromSeconds(60);

    private static readonly TimeSpan ShortestAge = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LongestAge = TimeSpan.FromDays(7);

    /// <summary>Checks the timeouts of a service or a route; those not given are taken from the fallback.</summary>
    public static void Check(Findings findings, string path, Timeouts? timeouts, Timeouts fallback)
    {
        if (timeouts is null)
        {
            return;
        }

        findings.Within(path + ".request", timeouts.Request, TimeSpan.Zero, null);
        findings.Within(path + ".per_try", timeouts.PerTry, TimeSpan.Zero, null);
        findings.Within(path + ".connect", timeouts.Connect, ShortestConnect, LongestConnect);
        findings.Within(path + ".idle", timeouts.Idle, TimeSpan.Zero, null);
        CheckAge(findings, path + ".max_stream_age", timeouts.MaxStreamAge);

        var merged = PolicyTranslation.ToTimeouts(timeouts, PolicyTranslation.ToTimeouts(fallback, null));
        if (merged.PerTry > merged.Request)
        {
            // Of the two, name the one that was given here.
            var field = timeouts.PerTry is null ? ".request" : ".per_try";
            findings.Add(path + field, timeouts.PerTry is null
                ? $"{Durations.Show(merged.Request.Value)} is shorter than per_try ({Durations.Show(merged.PerTry.Value)})"
                : $"{Durations.Show(merged.PerTry.Value)} is longer than request ({Durations.Show(merged.Request.Value)})");
        }
    }

    /// <summary>Checks how old something gets: not at all limited, or long enough that it is of use.</summary>
    public static void CheckAge(Findings findings, string path, Duration? age)
    {
        if (age is not null && Durations.ToTimeSpan(age) != TimeSpan.Zero)
        {
            findings.Within(path, age, ShortestAge, LongestAge);
        }
    }
}
