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

    private const int IgnoresHealth = 1;
    private const int IgnoresCircuits = 2;
    private const int HasAvailable = 4;
    private const int VersionShift = 3;

    private readonly EndpointState[] _all;
    private readonly Candidates _healthy;
    private readonly Candidates _everyone;
    private readonly EjectionShare _share;
    private readonly int _panicThresholdPercent;

    // The share's version and what was decided at it, in one word: whoever finds another version counts anew, and it does no
    // harm if two do.
    private long _decided = -1;

    /// <summary>Builds the set; O(n).</summary>
    /// <param name="endpoints">The endpoints, with the health and weight they have now.</param>
    /// <param name="panicThresholdPercent"><see cref="BalancingOptions.PanicThresholdPercent"/>.</param>
    /// <param name="share">The service's, which the endpoints' breakers take their places from.</param>
    public EndpointSet(IReadOnlyList<EndpointState> endpoints, int panicThresholdPercent, EjectionShare share)
    {
        _all = [.. endpoints];
        _share = share;
        _panicThresholdPercent = panicThresholdPercent;
        var healthy = Array.FindAll([.. Enumerable.Range(0, _all.Length)], i => _all[i].Model.IsHealthy);
        HealthyCount = healthy.Length;
        _everyone = new Candidates(_all, null);
        _healthy = healthy.Length == _all.Length ? _everyone : new Candidates(_all, healthy);
    }

    /// <summary>All endpoints; a pick's index is one into these.</summary>
    public ReadOnlySpan<EndpointState> Endpoints => _all;

    /// <summary>How many there are.</summary>
    public int Count => _all.Length;

    /// <summary>How many were healthy when the set was built.</summary>
    public int HealthyCount { get; }

    /// <summary>Whether so few are available, healthy and with a closed circuit, that all are used.</summary>
    public bool Panic => Availability.IgnoresHealth;

    /// <summary>Where hashes lead; null as long as nobody has asked.</summary>
    internal HashTable? HashTable { get; set; }

    /// <summary>What holds now; a few loads unless a circuit has changed since.</summary>
    internal Availability Availability
    {
        get
        {
            var decided = Decided();
            return new Availability((decided & IgnoresHealth) != 0, (decided & IgnoresCircuits) != 0);
        }
    }

    /// <summary>The same for who chooses between sets.</summary>
    internal GroupStanding Standing
    {
        get
        {
            var decided = Decided();
            return (decided & HasAvailable) == 0 ? (_all.Length == 0 ? GroupStanding.Empty : GroupStanding.Down)
                : (decided & IgnoresHealth) != 0 ? GroupStanding.Short
                : GroupStanding.Well;
        }
    }

    /// <summary>Some of its endpoints as a set of their own, with their own panic and the whole service's share of ejections.</summary>
    /// <param name="indexes">Into <see cref="Endpoints"/>.</param>
    public EndpointSet Choose(IEnumerable<int> indexes) => new([.. indexes.Select(i => _all[i])], _panicThresholdPercent, _share);

    internal Candidates CandidatesFor(Availability availability) => availability.IgnoresHealth ? _everyone : _healthy;

    private long Decided()
    {
        var version = _share.Version;
        var decided = Volatile.Read(ref _decided);
        if (decided >> VersionShift != version)
        {
            decided = Decide(version);
            Volatile.Write(ref _decided, decided);
        }

        return decided;
    }

    private long Decide(long version)
    {
        // By the health they had when the set was built, as candidates are: a set whose lone endpoint falls ill between two
        // snapshots would otherwise refuse a call that the next one lets through.
        var available = 0;
        for (var slot = 0; slot < _healthy.Count; slot++)
        {
            available += _healthy.At(slot).Breaker.IsClosed ? 1 : 0;
        }

        var availability = Availability.Of(available, _all.Length, _panicThresholdPercent, _share.IsClassic);
        return (version << VersionShift)
            | (availability.IgnoresHealth ? (long)IgnoresHealth : 0)
            | (availability.IgnoresCircuits ? (long)IgnoresCircuits : 0)
            | (available > 0 ? (long)HasAvailable : 0);
    }
}
