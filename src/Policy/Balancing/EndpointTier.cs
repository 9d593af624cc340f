using Mesh.Policy.Breaking;

namespace Mesh.Policy.Balancing;

/// <summary>
/// Some of a set's endpoints that are chosen among together. Immutable but for what is counted anew whenever a circuit opens or closes:
/// how many of them are available, and what follows from it. Shared by all event loops.
/// </summary>
internal sealed class EndpointTier
{
    private const int IgnoresHealth = 1;
    private const int IgnoresCircuits = 2;
    private const int AvailableShift = 2;
    private const int VersionShift = 24; // which leaves four million endpoints, and versions for thousands of years
    private const long AvailableMask = (1L << (VersionShift - AvailableShift)) - 1;

    private readonly Candidates _healthy;
    private readonly Candidates _everyone;
    private readonly EjectionShare _share;
    private readonly int _panicThresholdPercent;

    // The share's version, how many are available, and what was decided by that, in one word: whoever finds another version counts
    // anew, and it does no harm if two do.
    private long _decided = -1;

    /// <param name="all">The set's endpoints.</param>
    /// <param name="indexes">Those among them; null for every one.</param>
    /// <param name="panicThresholdPercent"><see cref="BalancingOptions.PanicThresholdPercent"/>.</param>
    /// <param name="share">The service's.</param>
    public EndpointTier(EndpointState[] all, int[]? indexes, int panicThresholdPercent, EjectionShare share)
    {
        _share = share;
        _panicThresholdPercent = panicThresholdPercent;
        var healthy = Array.FindAll(indexes ?? [.. Enumerable.Range(0, all.Length)], i => all[i].Model.IsHealthy);
        _everyone = new Candidates(all, indexes);
        _healthy = healthy.Length == _everyone.Count ? _everyone : new Candidates(all, healthy);
    }

    /// <summary>How many there are.</summary>
    public int Size => _everyone.Count;

    /// <summary>How many were healthy when the set was built.</summary>
    public int HealthyCount => _healthy.Count;

    /// <summary>How many are healthy and have a closed circuit.</summary>
    public int Available => (int)((Decided() >> AvailableShift) & AvailableMask);

    /// <summary>What a pick may pass over; a few loads unless a circuit has changed since.</summary>
    public Availability Availability
    {
        get
        {
            var decided = Decided();
            return new Availability((decided & IgnoresHealth) != 0, (decided & IgnoresCircuits) != 0);
        }
    }

    public Candidates CandidatesFor(Availability availability) => availability.IgnoresHealth ? _everyone : _healthy;

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

        var availability = Availability.Of(available, Size, _panicThresholdPercent, _share.IsClassic);
        return (version << VersionShift)
            | ((long)available << AvailableShift)
            | (availability.IgnoresHealth ? (long)IgnoresHealth : 0)
            | (availability.IgnoresCircuits ? (long)IgnoresCircuits : 0);
    }
}
