using Mesh.Bench.Traffic;

namespace Mesh.Sidecar.Tests.Simulation;

/// <summary>The proof of the traffic policies (docs/traffic.md) is one that anybody can repeat.</summary>
public sealed class TrafficTests
{
    public static TheoryData<string> Rows => [.. TrafficRun.Rows.Keys];

    [Theory]
    [MemberData(nameof(Rows))]
    public void The_same_seed_gives_the_same_table(string row)
    {
        var first = Run(row, seed: 7).Text;
        Assert.Equal(first, Run(row, seed: 7).Text);
        Assert.Contains($"### ({row}) ", first, StringComparison.Ordinal);
    }

    /// <summary>Of a hundred calls no split is within 1 %.</summary>
    [Fact]
    public void An_aim_that_is_not_met_fails_the_run_unless_only_figures_are_asked_for()
    {
        var (code, text) = Run("f", seed: 1, share: 0.001);
        Assert.Equal(1, code);
        Assert.Contains("NOT MET", text, StringComparison.Ordinal);
        Assert.Equal(0, Run("f", seed: 1, share: 0.001, isReport: true).Code);
    }

    private static (int Code, string Text) Run(string row, ulong seed, double share = 0.01, bool isReport = false)
    {
        using var text = new StringWriter();
        var code = TrafficRun.Run(new TrafficOptions { Rows = [row], Seed = seed, Share = share, IsReport = isReport }, text);
        return (code, text.ToString());
    }
}
