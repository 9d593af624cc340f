using Mesh.ControlPlane.Replicas;

namespace Mesh.ControlPlane.Registry;

/// <summary>
/// Whose business it is that a lease has run out, where several control planes share a store: of the one that renews it, as long as that is
/// alive; then of the one that leads, a TTL later, so that there is time to register elsewhere. Of those that are nobody's a share is
/// removed in one TTL, and no more: so many that are really gone are rarer than a mistake of ours. Used under the registry's lock.
/// </summary>
/// <param name="ownerOf">What is known of the control plane that a lease is marked with.</param>
/// <param name="options">TTL and share.</param>
/// <param name="instances">How many there are.</param>
internal sealed class LeaseOwners(Func<string, LeaseOwner> ownerOf, RegistryOptions options, Func<int> instances)
{
    private TimeSpan _periodEnd;
    private int _removed;

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
            _ => AfterShare(now),
        };
    }

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
