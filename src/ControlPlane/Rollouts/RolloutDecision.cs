using System.Globalization;
using Mesh.Resources.Rollouts;

namespace Mesh.ControlPlane.Rollouts;

/// <summary>What a staged rollout comes to by what was seen of it. Pure: all that it depends on is given.</summary>
/// <param name="Verdict">What is to be done.</param>
/// <param name="Why">The figures, in a line.</param>
internal readonly record struct RolloutDecision(RolloutVerdict Verdict, string Why)
{
    /// <param name="abortIf">When it is given up.</param>
    /// <param name="minCalls">Calls that are needed to judge.</param>
    /// <param name="left">Until the time is over; not positive: it is.</param>
    /// <param name="leftToWatch">
    /// Until the control plane itself has watched for as long as was asked. One that was restarted has forgotten what it was told: that it knows of too few
    /// calls speaks against nobody before.
    /// </param>
    /// <param name="canary">What those have seen that have the version.</param>
    /// <param name="others">What the others have.</param>
    public static RolloutDecision Of(AbortCondition abortIf, uint minCalls, TimeSpan left, TimeSpan leftToWatch, SeenCalls canary, SeenCalls others)
    {
        if (abortIf.Alternatives.FirstOrDefault(all => all.All(one => Holds(one, minCalls, canary, others))) is { } reached)
        {
            return new RolloutDecision(RolloutVerdict.Abort, $"{string.Join(" and ", reached.Select(one => one.Text))}: {Figures(canary, others)}");
        }

        var tooFew = canary.Calls < minCalls ? $"{canary.Calls} of {minCalls} calls"
            : abortIf.IsRelative && others.Calls < minCalls ? $"{others.Calls} of {minCalls} calls of the others"
            : null;
        left = tooFew is not null && leftToWatch > left ? leftToWatch : left;
        return (tooFew, left > TimeSpan.Zero) switch
        {
            (null, false) => new RolloutDecision(RolloutVerdict.Promote, Figures(canary, others)),
            (null, true) => new RolloutDecision(RolloutVerdict.GoOn, $"{Figures(canary, others)}; promoted in {Rounded(left)} if it stays so"),
            (_, false) => new RolloutDecision(RolloutVerdict.Abort, $"too few calls to judge: {tooFew} (--min-calls): {Figures(canary, others)}"),
            (_, true) => new RolloutDecision(RolloutVerdict.GoOn, $"too few calls to judge: {tooFew} (--min-calls); aborted in {Rounded(left)} if there are no more"),
        };
    }

    private static bool Holds(Comparison one, uint minCalls, SeenCalls canary, SeenCalls others) =>
        canary.Calls >= minCalls
        && (!one.IsRelative || others.Calls >= minCalls)
        && (one.Percentile is { } percent
            ? one.Holds(canary.Percentile(percent)?.TotalSeconds ?? 0, others.Percentile(percent)?.TotalSeconds ?? 0)
            : one.Holds(canary.Success, others.Success));

    private static string Figures(SeenCalls canary, SeenCalls others) => $"{Figures(canary)}; the others: {Figures(others)}";

    private static string Figures(SeenCalls seen) => seen.Calls == 0
        ? "no calls"
        : string.Create(CultureInfo.InvariantCulture, $"{seen.Calls} calls, success {Percent(seen)}%, p50 {Time(seen, 50)}, p99 {Time(seen, 99)}");

    // Never 100 when a call has failed.
    private static string Percent(SeenCalls seen) => (Math.Floor(seen.Success * 10_000) / 100).ToString("0.##", CultureInfo.InvariantCulture);

    private static string Time(SeenCalls seen, int percent) => seen.Percentile(percent)!.Value switch
    {
        { TotalMilliseconds: < 1 } time => string.Create(CultureInfo.InvariantCulture, $"{time.TotalMilliseconds:0.00}ms"),
        { TotalMilliseconds: < 100 } time => string.Create(CultureInfo.InvariantCulture, $"{time.TotalMilliseconds:0.0}ms"),
        var time => string.Create(CultureInfo.InvariantCulture, $"{time.TotalMilliseconds:0}ms"),
    };

    private static string Rounded(TimeSpan left) => DurationText.Format(TimeSpan.FromSeconds(Math.Ceiling(left.TotalSeconds)));
}
