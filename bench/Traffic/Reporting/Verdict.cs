namespace Mesh.Bench.Traffic.Reporting;

/// <summary>One figure beside its aim.</summary>
/// <param name="Row">The letter of its table.</param>
/// <param name="What">What is measured.</param>
/// <param name="Figure">As text.</param>
/// <param name="Aim">As text.</param>
/// <param name="IsMet">Whether the one keeps to the other.</param>
internal sealed record Verdict(string Row, string What, string Figure, string Aim, bool IsMet)
{
    /// <summary>A figure that may be so large.</summary>
    public static Verdict AtMost(string row, string what, double figure, double aim, Func<double, string> text) =>
        new(row, what, text(figure), $"≤ {text(aim)}", figure <= aim);
}
