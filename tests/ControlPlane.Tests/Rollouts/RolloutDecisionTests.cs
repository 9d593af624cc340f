using Mesh.ControlPlane.Config;
using Mesh.ControlPlane.Rollouts;
using Mesh.Resources.Rollouts;
using Mesh.V1;

namespace Mesh.ControlPlane.Tests.Rollouts;

public sealed class RolloutDecisionTests
{
    private static readonly TimeSpan Left = TimeSpan.FromSeconds(61);

    [Theory]
    [InlineData("success<99%", 1000, 11, 1.0, RolloutVerdict.Abort)]
    [InlineData("success<99%", 1000, 10, 1.0, RolloutVerdict.GoOn)]
    [InlineData("success<0.98x", 1000, 30, 1.0, RolloutVerdict.Abort)]
    [InlineData("success<0.98x", 1000, 20, 1.0, RolloutVerdict.GoOn)]
    [InlineData("p99>2x", 1000, 0, 2.3, RolloutVerdict.Abort)]
    [InlineData("p99>2x", 1000, 0, 1.7, RolloutVerdict.GoOn)]
    [InlineData("p50>15ms", 1000, 0, 2.0, RolloutVerdict.Abort)]
    [InlineData("p50>25ms", 1000, 0, 2.0, RolloutVerdict.GoOn)]
    [InlineData("success<99% and p50>15ms", 1000, 500, 1.0, RolloutVerdict.GoOn)]
    [InlineData("success<99% and p50>15ms", 1000, 500, 2.0, RolloutVerdict.Abort)]
    [InlineData("p50>1h or success<99%", 1000, 500, 1.0, RolloutVerdict.Abort)]
    [InlineData("success<99%", 99, 99, 1.0, RolloutVerdict.GoOn)]
    public void It_is_given_up_as_soon_as_a_condition_holds_and_there_are_enough_calls(string condition, ulong calls, ulong failures, double slower, object verdict)
    {
        var (canary, others) = (Seen(calls, failures, 10 * slower), Seen(1000, 5, 10));
        Assert.Equal(verdict, Of(condition, Left, canary, others).Verdict);
        // What is not given up by the end of the time holds from then on, if it could be judged.
        var over = calls < 100 || (RolloutVerdict)verdict == RolloutVerdict.Abort ? RolloutVerdict.Abort : RolloutVerdict.Promote;
        Assert.Equal(over, Of(condition, TimeSpan.Zero, canary, others).Verdict);
    }

    [Fact]
    public void The_figures_that_decided_are_told()
    {
        Assert.Equal(
            "p99>2x: 1000 calls, success 100%, p50 29.7ms, p99 29.7ms; the others: 1000 calls, success 99.5%, p50 9.7ms, p99 9.7ms",
            Of("success<99% or p99>2x", Left, Seen(1000, 0, 30), Seen(1000, 5, 10)).Why);
        Assert.Equal(
            "100001 calls, success 99.99%, p50 9.7ms, p99 9.7ms; the others: no calls; promoted in 1m1s if it stays so",
            Of("success<99%", Left, Seen(100_001, 1, 10), Seen(0, 0, 1)).Why);
    }

    [Fact]
    public void Too_few_calls_are_no_success()
    {
        Assert.Equal(
            new RolloutDecision(RolloutVerdict.GoOn, "too few calls to judge: 99 of 100 calls (--min-calls); aborted in 1m1s if there are no more"),
            Of("success<99%", Left, Seen(99, 0, 10), Seen(1000, 0, 10)));
        Assert.Equal(
            new RolloutDecision(RolloutVerdict.Abort, "too few calls to judge: 99 of 100 calls (--min-calls): 99 calls, success 100%, p50 9.7ms, p99 9.7ms; the others: no calls"),
            Of("success<99%", -Left, Seen(99, 0, 10), Seen(0, 0, 10)));
    }

    [Fact]
    public void A_control_plane_that_was_restarted_watches_for_the_whole_time_before_it_says_that_they_are_too_few()
    {
        Assert.Equal(
            new RolloutDecision(RolloutVerdict.GoOn, "too few calls to judge: 0 of 100 calls (--min-calls); aborted in 1m1s if there are no more"),
            Of("success<99%", -Left, Seen(0, 0, 10), Seen(0, 0, 10), leftToWatch: Left));
        Assert.Equal(RolloutVerdict.Abort, Of("success<99%", -Left, Seen(0, 0, 10), Seen(0, 0, 10), leftToWatch: TimeSpan.Zero).Verdict);
        Assert.Equal(RolloutVerdict.Promote, Of("success<99%", -Left, Seen(100, 0, 10), Seen(0, 0, 10), leftToWatch: Left).Verdict);
        Assert.Equal(RolloutVerdict.Abort, Of("success<99%", -Left, Seen(100, 2, 10), Seen(0, 0, 10), leftToWatch: Left).Verdict);
    }

    [Fact]
    public void The_others_have_to_be_enough_where_they_are_compared_with_and_only_there()
    {
        Assert.StartsWith("too few calls to judge: 3 of 100 calls of the others", Of("p99>2x", TimeSpan.Zero, Seen(1000, 0, 90), Seen(3, 0, 10)).Why, StringComparison.Ordinal);
        Assert.Equal(RolloutVerdict.Promote, Of("p99>2s", TimeSpan.Zero, Seen(1000, 0, 90), Seen(3, 0, 10)).Verdict);
    }

    [Theory]
    [InlineData(1, 10, 1)]
    [InlineData(2, 10, 1)]
    [InlineData(2, 99, 1)]
    [InlineData(10, 10, 1)]
    [InlineData(10, 11, 2)]
    [InlineData(1000, 10, 100)]
    [InlineData(1000, 0.01, 1)]
    public void A_share_of_the_sidecars_gets_it_at_least_one_and_not_all(int sidecars, double percent, int canaries)
    {
        string[] names = [.. Enumerable.Range(0, sidecars).Select(i => $"web/web-{i}")];
        var threshold = RolloutEntry.ThresholdOf(names.Select(name => RolloutEntry.HashOf("r1", name)), percent);
        Assert.Equal(canaries, names.Count(name => RolloutEntry.HashOf("r1", name) <= threshold));
    }

    [Fact]
    public void Figures_of_several_control_planes_add_up_and_nonsense_in_them_does_no_harm()
    {
        var sum = new SeenCalls();
        sum.Add(Seen(90, 1, 10).ToFigures(isWhole: true));
        sum.Add(Seen(10, 2, 500).ToFigures(isWhole: true));
        sum.Add(0, 7, [new LatencyCount { Index = 256, Count = 5 }]);
        Assert.Equal((100UL, 3UL), (sum.Calls, sum.Failures));
        Assert.InRange(sum.Percentile(50)!.Value.TotalMilliseconds, 9, 11);
        Assert.InRange(sum.Percentile(99)!.Value.TotalMilliseconds, 460, 540);
    }

    private static RolloutDecision Of(string condition, TimeSpan left, SeenCalls canary, SeenCalls others, TimeSpan leftToWatch = default) =>
        RolloutDecision.Of(AbortCondition.Parse(condition), 100, left, leftToWatch, canary, others);

    private static SeenCalls Seen(ulong calls, ulong failures, double milliseconds)
    {
        var seen = new SeenCalls();
        var index = LatencyScale.IndexOf(TimeSpan.FromMilliseconds(milliseconds).Ticks);
        seen.Add(calls, failures, calls == 0 ? [] : [new LatencyCount { Index = (uint)index, Count = calls }]);
        return seen;
    }
}
