using Mesh.Resources.Rollouts;

namespace Mesh.Resources.Tests.Rollouts;

public sealed class AbortConditionTests
{
    [Fact]
    public void Comparisons_are_joined_and_binds_closer_than_or()
    {
        var condition = AbortCondition.Parse("success<99.5% or p99>2x and p50 > 1m30s or success<0.98x");
        Assert.Equal(
            [["success<99.5%"], ["p99>2x", "p50>1m30s"], ["success<0.98x"]],
            condition.Alternatives.Select(all => all.Select(one => one.Text).ToArray()));
        Assert.Equal(
            [new(null, false, 0.995), new(99, true, 2), new(50, false, 90), new(null, true, 0.98)],
            condition.Alternatives.SelectMany(all => all).Select(one => (one.Percentile, one.IsRelative, one.Bound)).ToArray<(int?, bool, double)>());
        Assert.True(condition.IsRelative);
        Assert.False(AbortCondition.Parse("success<100% and p95>10ms").IsRelative);
    }

    [Theory]
    [InlineData("", "ends where a comparison is expected, for example 'success<99% or p99>2x'")]
    [InlineData("success<99% or", "ends where a comparison is expected")]
    [InlineData("success<99% p99>2x", "'p99' stands where 'and', 'or' or the end is expected")]
    [InlineData("success<99% || p99>2x", "'||' stands where 'and', 'or' or the end is expected")]
    [InlineData("(success<99%)", "'(' is not one of success, p50, p90, p95, p99")]
    [InlineData("errors>1%", "'errors' is not one of success, p50, p90, p95, p99")]
    [InlineData("p999>1s", "'p999' is not one of")]
    [InlineData("success>99%", "success: '>' stands where '<' is expected: a rollout is given up when successes are too few")]
    [InlineData("p99<2x", "p99: '<' stands where '>' is expected: a rollout is given up when calls take too long")]
    [InlineData("p99>=2x", "p99: '>=' stands where '>' is expected")]
    [InlineData("p99", "p99: the end stands where '>' is expected")]
    [InlineData("success<99", "success<: '99' is not a percentage up to 100% or a multiple like 0.99x above 0")]
    [InlineData("success<101%", "success<: '101%' is not a percentage up to 100%")]
    [InlineData("success<0%", "success<: '0%' is not a percentage up to 100%")]
    [InlineData("success<", "success<: '' is not a percentage")]
    [InlineData("p99>2", "p99>: '2' is not a duration like 250ms or a multiple like 2x above 0")]
    [InlineData("p99>-2x", "p99>: '-2x' is not a duration")]
    [InlineData("p99>0s", "p99>: '0s' is not a duration")]
    [InlineData("p99>1e9x", "p99>: '1e9x' is not a duration")]
    public void What_is_none_is_told_with_its_place_and_what_would_be_right(string text, string error)
    {
        Assert.False(AbortCondition.TryParse(text, out _, out var told));
        Assert.StartsWith(error, told, StringComparison.Ordinal);
        Assert.Throws<FormatException>(() => AbortCondition.Parse(text));
    }

    [Fact]
    public void A_long_one_is_refused() => Assert.False(AbortCondition.TryParse(new string('x', 513), out _, out _));

    [Fact]
    public void Times_are_read_off_within_seven_percent_in_order_and_without_end()
    {
        var last = -1;
        for (var micros = 1L; micros < 8_000_000_000; micros += (micros / 50) + 1)
        {
            var index = LatencyScale.IndexOf(TimeSpan.FromMicroseconds(micros).Ticks);
            Assert.InRange(index, Math.Max(last, 0), LatencyScale.Count - 1);
            last = index;
            Assert.InRange(LatencyScale.Middle(index).TotalMicroseconds, (micros * 0.93) - 0.5, (micros * 1.07) + 0.5);
        }

        Assert.Equal((0, LatencyScale.Count - 1), (LatencyScale.IndexOf(-5), LatencyScale.IndexOf(long.MaxValue)));
    }
}
