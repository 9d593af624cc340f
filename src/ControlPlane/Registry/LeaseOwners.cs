using Mesh.ControlPlane.Replicas;

namespace Mesh.ControlPlane.Registry;

/// <summary>
/// Whose business it is that a lease has run out, where several control planes share a store: of the one that renews it, as long as that is
/// alive; then of the one that leads, a TTL later, so that there is time to register elsewhere, and later still while others of the same
/// control plane do, or most of all are nobody's: where thousands come back at once, their turn may come late. Of those that are nobody's a
/// share is removed in one TTL, and no more: so many that are really gone are rarer than a mistake of ours. Used under the registry's lock.
/// </summary>
/// <param name="ownerOf">What is known of the control plane that a lease is marked with.</param>
/// <param name="options">TTL and share.</param>
/// <param name="instances">How many there are.</param>
internal sealed class LeaseOwners(Func<string, LeaseOwner> ownerOf, RegistryOptions options, Func<int> instances)
{
    /// <summary>So long, in TTLs, those that are nobody's are waited for at most, while others of them come back or have yet to.</summary>
    public const int LongestReturn = 6;

    // Of control planes that are long gone nobody comes back.
    private const int MostReturning = 100;

    private readonly Dictionary<string, TimeSpan> _returned = new(StringComparer.Ordinal);
    private readonly Dictionary<string, int> _counts = new(StringComparer.Ordinal);
    private TimeSpan _periodEnd;
    private int _removed;

    /// <summary>The store says which control plane keeps an instance.</summary>
    /// <param name="former">The one that has had it; empty if none.</param>
    /// <param name="owner">The one that has it now; empty if it is gone.</param>
    /// <param name="now">On the clock that leases go by.</param>
    public void Follow(string former, string owner, TimeSpan now)
    {
        if (former == owner)
        {
            return;
        }

        Count(former, -1);
        Count(owner, 1);
        if (former.Length != 0 && owner.Length != 0)
        {
            Returned(former, now);
        }
    }

    /// <summary>Nothing is known of any.</summary>
    public void Clear()
    {
        _counts.Clear();
        _returned.Clear();
    }

    /// <summary>Until when a lease that has run out stays all the same; null: it ends now.</summary>
    public TimeSpan? Postponed(Lease lease, TimeSpan now)
    {
        var owner = ownerOf(lease.Owner);
        return owner.Standing switch
        {
            LeaseOwnerStanding.Ours => null,
            // Whoever cannot be heard by the store cannot know who else has been.
            LeaseOwnerStanding.Unknown => now + options.LeaseTtl,
            // It may be nobody's soon.
            LeaseOwnerStanding.AnothersBusiness => now + (options.LeaseTtl / 4),
            _ when owner.GoneFor < options.LeaseTtl => now + options.LeaseTtl - owner.GoneFor,
            _ when owner.GoneFor >= LongestReturn * options.LeaseTtl => AfterShare(now),
            _ when ReturningUntil(lease.Owner) is { } until && until > now => until,
            _ when MostAreNobodys() => now + (options.LeaseTtl / 4),
            _ => AfterShare(now),
        };
    }

    private void Count(string owner, int more)
    {
        if (owner.Length != 0 && (_counts[owner] = _counts.GetValueOrDefault(owner) + more) == 0)
        {
            _counts.Remove(owner);
        }
    }

    private void Returned(string former, TimeSpan now)
    {
        if (_returned.Count >= MostReturning && !_returned.ContainsKey(former))
        {
            _returned.Remove(_returned.MinBy(returned => returned.Value).Key);
        }

        _returned[former] = now;
    }

    private bool MostAreNobodys()
    {
        // Asked for each of thousands, and there are few owners.
        var nobodys = 0;
        foreach (var (owner, count) in _counts)
        {
            nobodys += ownerOf(owner).Standing == LeaseOwnerStanding.Gone ? count : 0;
        }

        return nobodys > options.OrphansAtOnce && nobodys > instances() / 2;
    }

    private TimeSpan? ReturningUntil(string owner) => _returned.TryGetValue(owner, out var last) ? last + options.LeaseTtl : null;

    private TimeSpan? AfterShare(TimeSpan now)
    {
        if (now >= _periodEnd)
        {
            (_periodEnd, _removed) = (now + options.LeaseTtl, 0);
        }

        if (_removed >= Math.Max(options.OrphansAtOnce, instances() * options.OrphanShare))
        {
            return _periodEnd;
        }

        _removed++;
        return null;
    }
}
