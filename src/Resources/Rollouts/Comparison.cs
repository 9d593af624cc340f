namespace Mesh.Resources.Rollouts;

/// <summary>One comparison of an <see cref="AbortCondition"/>. Immutable.</summary>
/// <param name="Text">As it was written.</param>
/// <param name="Percentile">Of the calls' times, 50 to 99; null: the share of successes.</param>
/// <param name="IsRelative">Whether <paramref name="Bound"/> is a multiple of what the others have.</param>
/// <param name="Bound">A share of 0 to 1, seconds, or a multiple.</param>
public sealed record Comparison(string Text, int? Percentile, bool IsRelative, double Bound)
{
    /// <summary>Whether what was seen is worse than the bound.</summary>
    /// <param name="seen">A share, or seconds, of those that have the version.</param>
    /// <param name="others">The same of the others; of no matter unless it is relative.</param>
    public bool Holds(double seen, double others)
    {
        var bound = IsRelative ? Bound * others : Bound;
        return Percentile is null ? seen < bound : seen > bound;
    }
}
