using Mesh.Policy.Balancing.Hashing;
using Mesh.Policy.Breaking;

namespace Mesh.Policy.Balancing;

/// <summary>
/// A cluster's endpoints as one snapshot has them, immutable and shared by all event loops. What a pick would otherwise
/// have to count each time is counted here once: which endpoints are candidates, the weights, and, again whenever a circuit
/// opens or closes, whether panic applies.
/// </summary>
public sealed class EndpointSet
{
    /// <summary>No endpoints.</summary>
    public static readonly EndpointSet Empty = new([], 50, new EjectionShare(0, 50));

    // As Envoy has it: near endpoints take what is theirs until fewer than 5 of 7 are available, since the others can bear so much more.
    private const double Overprovisioning = 1.4;

    private readonly EndpointState[] _all;
    private readonly EjectionShare _share;
    private readonly BalancingOptions _options;
    private readonly Vantage _vantage;

    // The near ones first, the rest last; empty where all are alike.
    private readonly EndpointTier[] _tiers;
    private readonly int[]? _sample;

    /// <summary>Builds the set of endpoints that are all alike; O(n).</summary>
    /// <param name="endpoints">The endpoints, with the health and weight they have now.</param>
    /// <param name="panicThresholdPercent"><see cref="BalancingOptions.PanicThresholdPercent"/>.</param>
    /// <param name="share">The service's, which the endpoints' breakers take their places from.</param>
    public EndpointSet(IReadOnlyList<EndpointState> endpoints, int panicThresholdPercent, EjectionShare share)
        : this(endpoints, BalancingOptions.Default with { PanicThresholdPercent = panicThresholdPercent }, share, Vantage.None)
    {
    }

    /// <summary>Builds the set as a sidecar sees it; O(n log n).</summary>
    /// <param name="endpoints">The endpoints, with the health and weight they have now.</param>
    /// <param name="options">Panic, how many of them are called, and which rather than others.</param>
    /// <param name="share">The service's, which the endpoints' breakers take their places from.</param>
    /// <param name="vantage">Where the sidecar stands.</param>
    public EndpointSet(IReadOnlyList<EndpointState> endpoints, BalancingOptions options, EjectionShare share, Vantage vantage)
    {
        _all = [.. endpoints];
        _share = share;
        _options = options;
        _vantage = vantage;
        _sample = vantage.Sample(_all, options);
        Whole = new EndpointTier(_all, _sample, options.PanicThresholdPercent, share);
        _tiers = TiersOf(_sample ?? [.. Enumerable.Range(0, _all.Length)]);
    }

    /// <summary>All endpoints, those that this sidecar does not call too; a pick's index is one into these.</summary>
    public ReadOnlySpan<EndpointState> Endpoints => _all;

    /// <summary>How many this sidecar calls.</summary>
    public int Count => Whole.Size;

    /// <summary>How many of them were healthy when the set was built.</summary>
    public int HealthyCount => Whole.HealthyCount;

    /// <summary>Whether so few are available, healthy and with a closed circuit, that all are used.</summary>
    public bool Panic => Whole.Availability.IgnoresHealth;

    /// <summary>Where hashes lead; null as long as nobody has asked.</summary>
    internal HashTable? HashTable { get; set; }

    /// <summary>All that this sidecar calls.</summary>
    internal EndpointTier Whole { get; }

    /// <summary>How it stands, for who chooses between sets.</summary>
    internal GroupStanding Standing => Whole.Available == 0 ? (Whole.Size == 0 ? GroupStanding.Empty : GroupStanding.Down)
        : Whole.Availability.IgnoresHealth ? GroupStanding.Short
        : GroupStanding.Well;

    /// <summary>Whether this sidecar calls an endpoint.</summary>
    /// <param name="index">Into <see cref="Endpoints"/>.</param>
    public bool IsCalled(int index) => _sample is null || Array.BinarySearch(_sample, index) >= 0;

    /// <summary>Some of its endpoints as a set of their own, with their own panic and the whole service's share of ejections.</summary>
    /// <param name="indexes">Into <see cref="Endpoints"/>.</param>
    public EndpointSet Choose(IEnumerable<int> indexes) => new([.. indexes.Select(i => _all[i])], _options, _share, _vantage);

    /// <summary>
    /// Among whom a call is to choose: the nearest, for as many of the calls as they can bear by those of them that are available, then
    /// the next. What all tiers together cannot bear goes to all, where panic may apply.
    /// </summary>
    internal EndpointTier ChooseTier(ref Rng rng)
    {
        if (_tiers.Length == 0)
        {
            return Whole;
        }

        var drawn = rng.NextDouble();
        foreach (var tier in _tiers)
        {
            drawn -= Overprovisioning * tier.Available / tier.Size;
            if (drawn < 0)
            {
                return tier;
            }
        }

        return Whole;
    }

    private EndpointTier[] TiersOf(int[] called)
    {
        var tiers = called
            .GroupBy(i => _vantage.Distance(_all[i].Model.Locality, _options.Locality))
            .OrderBy(tier => tier.Key)
            .Select(tier => new EndpointTier(_all, [.. tier], panicThresholdPercent: 0, _share))
            .ToArray();
        return tiers.Length > 1 ? tiers : [];
    }
}
