using Mesh.Policy.Balancing;

namespace Mesh.Policy.Routing;

/// <summary>Spreads calls over several places by weight. Immutable, any thread, O(1) a call.</summary>
public sealed class Split
{
    private readonly int _count;
    private readonly WeightTable? _weights;

    /// <param name="weights">One a place, at least one of them above 0.</param>
    public Split(IReadOnlyList<int> weights)
    {
        _count = weights.Count;
        _weights = WeightTable.For([.. weights]);
    }

    /// <summary>The index of the place that a call goes to.</summary>
    public int Choose(ref Rng random) => _weights is { } weights ? weights.Sample(ref random) : _count == 1 ? 0 : random.NextInt(_count);
}
