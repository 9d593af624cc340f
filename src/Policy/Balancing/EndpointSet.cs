namespace Mesh.Policy.Balancing;

/// <summary>
/// A cluster's endpoints as one snapshot has them, immutable and shared by all event loops. What a pick would otherwise
/// have to count each time is counted here once: which endpoints are candidates, whether panic applies, the weights.
/// </summary>
public sealed class EndpointSet
{
    /// <summary>No endpoints.</summary>
    public static readonly EndpointSet Empty = new([]);

    private readonly EndpointState[] _all;
    private readonly int[]? _candidates;
    private readonly WeightTable? _weights;

    /// <summary>Builds the set; O(n).</summary>
    /// <param name="endpoints">The endpoints, with the health and weight they have now.</param>
    /// <param name="panicThresholdPercent"><see cref="BalancingOptions.PanicThresholdPercent"/>.</param>
    public EndpointSet(IReadOnlyList<EndpointState> endpoints, int panicThresholdPercent = 50)
    {
        _all = [.. endpoints];
        var healthy = Array.FindAll([.. Enumerable.Range(0, _all.Length)], i => _all[i].Healthy);
        HealthyCount = healthy.Length;
        Panic = (long)HealthyCount * 100 < (long)_all.Length * panicThresholdPercent;
        _candidates = Panic || healthy.Length == _all.Length ? null : healthy;
        _weights = WeightTable.For(Array.ConvertAll(Indexes(), i => _all[i].Weight));
    }

    /// <summary>All endpoints; a pick's index is one into these.</summary>
    public ReadOnlySpan<EndpointState> Endpoints => _all;

    /// <summary>How many there are.</summary>
    public int Count => _all.Length;

    /// <summary>How many were healthy when the set was built.</summary>
    public int HealthyCount { get; }

    /// <summary>Whether so few are healthy that all are used.</summary>
    public bool Panic { get; }

    /// <summary>How many may be picked; slots below run from 0 to this.</summary>
    internal int CandidateCount => _candidates?.Length ?? _all.Length;

    /// <summary>The candidates' weights; null if they are all the same.</summary>
    internal WeightTable? Weights => _weights;

    internal int IndexOf(int slot) => _candidates is { } candidates ? candidates[slot] : slot;

    internal EndpointState At(int slot) => _all[IndexOf(slot)];

    /// <summary>A candidate at random, by weight; O(1).</summary>
    internal int Sample(ref Rng rng) => _weights is { } weights ? weights.Sample(ref rng) : rng.NextInt(CandidateCount);

    private int[] Indexes() => _candidates ?? [.. Enumerable.Range(0, _all.Length)];
}
