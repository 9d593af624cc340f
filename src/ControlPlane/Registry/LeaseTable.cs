using Mesh.V1;

namespace Mesh.ControlPlane.Registry;

/// <summary>All leases: those of registered instances, and of such as are about to be. Used under the registry's lock.</summary>
internal sealed class LeaseTable : IDisposable
{
    private readonly TimeProvider _time;
    private readonly LeaseQueue _queue;
    private readonly LeaseOwners _owners;
    private readonly Dictionary<(string Service, string Id), Lease> _leases = [];
    private TimeSpan _restartEnd;
    private bool _isServing;

    /// <param name="time">The clock.</param>
    /// <param name="ttl">How long a lease lasts unless it is renewed.</param>
    /// <param name="owners">Whose business those are that have run out.</param>
    /// <param name="onDue">Called without a lock when <see cref="TakeExpired"/> may find something.</param>
    public LeaseTable(TimeProvider time, TimeSpan ttl, LeaseOwners owners, Action onDue)
    {
        _time = time;
        _owners = owners;
        Ttl = ttl;
        // However long the start takes, nobody can come back before its end.
        _queue = new LeaseQueue(time, ttl, (lease, now) => _isServing ? owners.Postponed(lease, now) : now + ttl, onDue);
    }

    public TimeSpan Ttl { get; }

    public int Count => _leases.Count;

    /// <summary>The time on the clock that leases go by.</summary>
    public TimeSpan Now => _queue.Now;

    private TimeSpan End => _queue.Now + Ttl;

    public Lease? Find(string service, string id) => _leases.GetValueOrDefault((service, id));

    /// <summary>A new one that somebody claims.</summary>
    public Lease Add(string service, string id)
    {
        var lease = new Lease(service, id);
        _leases.Add((service, id), lease);
        Renew(lease);
        _queue.Add(lease);
        return lease;
    }

    /// <summary>The lease of an instance that the store holds; if nobody has claimed it here, it has one TTL to be.</summary>
    public Lease Of(Instance instance, string incarnation)
    {
        if (Find(instance.Service, instance.Id) is { } known)
        {
            return known;
        }

        var lease = Add(instance.Service, instance.Id);
        lease.Incarnation = incarnation;
        lease.Address = EndpointOf.Address(instance);
        lease.IsRestored = true;
        return lease;
    }

    /// <summary>The store says which control plane renews it.</summary>
    public void Follow(Lease lease, string owner)
    {
        _owners.Follow(lease.Owner, owner, _queue.Now);
        lease.Owner = owner;
    }

    /// <summary>Those that are held by a stream of ours.</summary>
    public List<Lease> Held() => [.. _leases.Values.Where(lease => lease.Holder is not null)];

    /// <summary>Nobody is taken out before one TTL has passed.</summary>
    public void HoldAll() => _queue.Hold(End);

    public void Renew(Lease lease)
    {
        lease.Renew(End, _time.GetUtcNow());
        if (!lease.IsRestored)
        {
            return;
        }

        // While they come back, those who have not yet get their time: their turn may come late.
        lease.IsRestored = lease.Holder is null;
        if (!lease.IsRestored && _queue.Now < _restartEnd)
        {
            _queue.Hold(End);
        }
    }

    /// <summary>Everybody can be heard from now on.</summary>
    public void BeginServing()
    {
        _isServing = true;
        _restartEnd = _queue.Now + (LeaseOwners.LongestReturn * Ttl);
        if (_leases.Count != 0)
        {
            _queue.Hold(End);
        }
    }

    /// <summary>Its stream is at its end.</summary>
    public void Release(Lease lease) => lease.Release(End);

    /// <summary>Its instance could not be removed: it has its time again.</summary>
    public void Revive(Lease lease)
    {
        lease.Revive(End);
        _queue.Add(lease);
    }

    /// <summary>Its instance is gone, or did not come about.</summary>
    public void Remove(Lease lease)
    {
        lease.End();
        if (Find(lease.Service, lease.InstanceId) == lease)
        {
            _owners.Follow(lease.Owner, "", _queue.Now);
            _leases.Remove((lease.Service, lease.InstanceId));
        }
    }

    /// <summary>All are void.</summary>
    public void Clear()
    {
        foreach (var lease in _leases.Values)
        {
            lease.End();
        }

        _leases.Clear();
        _owners.Clear();
    }

    /// <inheritdoc cref="LeaseQueue.TakeExpired"/>
    public List<Lease> TakeExpired(out TimeSpan? stall) => _queue.TakeExpired(out stall);

    public void Dispose() => _queue.Dispose();
}
