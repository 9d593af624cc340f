namespace Mesh.Policy.Balancing;

/// <summary>
/// The endpoints that a pick chooses among: the healthy ones of a set, or all of it. Immutable. A slot runs from 0 to
/// <see cref="Count"/>.
/// </summary>
internal sealed class Candidates
{
    private readonly EndpointState[] _all;
    private readonly int[]? _indexes;

    /// <param name="all">The set's endpoints.</param>
    /// <param name="indexes">Those among them; null for every one.</param>
    public Candidates(EndpointState[] all, int[]? indexes)
    {
        _all = all;
        _indexes = indexes;
        Weights = WeightTable.For(
            indexes is null ? Array.ConvertAll(all, endpoint => endpoint.Model.Weight) : Array.ConvertAll(indexes, i => all[i].Model.Weight));
    }

    public int Count => _indexes?.Length ?? _all.Length;

    /// <summary>Null if all are the same.</summary>
    public WeightTable? Weights { get; }

    public int IndexOf(int slot) => _indexes is { } indexes ? indexes[slot] : slot;

    /// <summary>The slot of one of the set's endpoints; negative if it is no candidate.</summary>
    public int SlotOf(int index) => _indexes is { } indexes ? Array.BinarySearch(indexes, index) : index;

    public EndpointState At(int slot) => _all[IndexOf(slot)];

    /// <summary>One at random, by weight; O(1).</summary>
    public int Sample(ref Rng rng) => Weights is { } weights ? weights.Sample(ref rng) : rng.NextInt(Count);
}
