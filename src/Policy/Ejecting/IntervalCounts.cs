namespace Mesh.Policy.Ejecting;

/// <summary>What became of an endpoint's calls in one interval.</summary>
/// <param name="Successes">Calls that it and its server did well.</param>
/// <param name="Failures">Calls whose failure was its, or its server's.</param>
public readonly record struct IntervalCounts(long Successes, long Failures)
{
    /// <summary>All of them.</summary>
    public long Calls => Successes + Failures;
}
