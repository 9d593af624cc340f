using System.Collections.Immutable;
using Google.Protobuf.WellKnownTypes;
using Mesh.ControlPlane.Admin;
using Mesh.V1;

namespace Mesh.ControlPlane.Registry;

/// <summary>
/// Services, their instances and the instances' leases. Any thread may call it. Readers take <see cref="State"/>, an
/// immutable view, and need no lock; writers go one at a time under a lock held for the change alone, so that
/// revisions, the change log and every watcher see one order. Nothing under the lock waits or writes to a stream.
/// What it is given has been validated, and is not changed by the giver any more.
/// </summary>
internal sealed class ServiceRegistry : IDisposable
{
    private readonly TimeProvider _time;
    private readonly RegistryOptions _options;
    private readonly Counters _counters;
    private readonly ILogger<ServiceRegistry> _log;
    private readonly Lock _writer = new();
    private readonly LeaseQueue _leases;
    private readonly ChangeLog _changes;
    private readonly HashSet<Watcher> _watchers = [];
    private readonly Queue<ServiceState> _stopped = new();
    private volatile RegistryState _state;

    public ServiceRegistry(TimeProvider time, RegistryOptions options, Counters counters, ILogger<ServiceRegistry> log)
    {
        _time = time;
        _options = options;
        _counters = counters;
        _log = log;
        _changes = new ChangeLog(options.ChangeLogLength);
        _leases = new LeaseQueue(time, RemoveExpired);
        _state = RegistryState.Empty(time);
    }

    /// <summary>Everything as it stands.</summary>
    public RegistryState State => _state;

    /// <summary>How long an instance stays when nothing is heard of it.</summary>
    public TimeSpan LeaseTtl => _options.LeaseTtl;

    /// <summary>Who watches now.</summary>
    public int WatcherCount
    {
        get
        {
            lock (_writer)
                return _watchers.Count;
        }
    }

    /// <summary>
    /// Called with a service's name when what callers see of it has changed; under the lock, so it only takes a note.
    /// Set once, before the first change.
    /// </summary>
    public Action<string> EndpointsChanged { get; set; } = static _ => { };

    /// <summary>Registers an instance, or what changed of it, with its lease held by a stream.</summary>
    public RegisterOutcome Register(Registration registration, LeaseHolder holder, out long revision)
    {
        var service = registration.Instance.Service;
        var id = registration.Instance.Id;
        LeaseHolder? former = null;
        var isNew = false;
        lock (_writer)
        {
            revision = _state.Revision;
            if (holder.Lease is { IsOver: false } held && (held.Service != service || held.InstanceId != id))
                return RegisterOutcome.OtherInstance;

            var stored = Find(service, id);
            if (stored is null)
            {
                if (_state.InstanceCount >= _options.MaxInstances)
                    return RegisterOutcome.Full;
                isNew = true;
                holder.Lease = new Lease(service, id) { Holder = holder };
                Renew(holder.Lease);
                _leases.Add(holder.Lease);
                Add(registration, holder.Lease);
            }
            else
            {
                var repeated = stored.Lease.Holder == holder;
                if (!repeated)
                    former = stored.Lease.Holder;
                holder.Lease = stored.Lease;
                stored.Lease.Holder = holder;
                Renew(stored.Lease);
                Replace(registration, stored, keepStatus: repeated);
            }
            revision = _state.Revision;
        }

        former?.End();
        if (isNew)
        {
            _log.LogInformation("registered {Service}/{Instance} at {Address}:{Port}, revision {Revision}",
                service, id, registration.Instance.Address, registration.Instance.Port, revision);
        }
        else if (former is not null)
        {
            _log.LogInformation("lease of {Service}/{Instance} taken over by a newer stream", service, id);
        }
        return RegisterOutcome.Applied;
    }

    /// <summary>Renews the holder's lease and stores the status, if one is given.</summary>
    public RegisterOutcome Heartbeat(LeaseHolder holder, Heartbeat heartbeat, out long revision)
    {
        ServiceStatus before;
        Lease lease;
        lock (_writer)
        {
            revision = _state.Revision;
            if (holder.Lease is not { IsOver: false } held || held.Holder != holder)
                return RegisterOutcome.LeaseOver;
            lease = held;
            Renew(lease);
            var stored = Find(lease.Service, lease.InstanceId)!;
            before = stored.Instance.Status;
            if (heartbeat.Status == ServiceStatus.Unspecified
                || (heartbeat.Status == before && heartbeat.StatusReason == stored.Instance.StatusReason))
                return RegisterOutcome.Applied;

            var instance = stored.Instance.Clone();
            instance.Status = heartbeat.Status;
            instance.StatusReason = heartbeat.StatusReason;
            Put(instance, stored.RegisteredAt, lease, _state.Services[lease.Service].Newest, $"status: {NameOf(heartbeat.Status)}");
            revision = _state.Revision;
        }
        if (before != heartbeat.Status)
        {
            _log.LogInformation("{Service}/{Instance} is {Status} (was {Before}): {Reason}",
                lease.Service, lease.InstanceId, NameOf(heartbeat.Status), NameOf(before), heartbeat.StatusReason);
        }
        return RegisterOutcome.Applied;
    }

    /// <summary>The holder's stream is at its end; the lease, if it is still the holder's, lasts one TTL from now.</summary>
    public void Release(LeaseHolder holder)
    {
        lock (_writer)
        {
            if (holder.Lease is { IsOver: false } lease && lease.Holder == holder)
                lease.Release(_leases.Now + LeaseTtl);
        }
    }

    /// <summary>Removes an instance; false if it is not registered.</summary>
    public bool Deregister(string service, string id, out long revision)
    {
        lock (_writer)
        {
            var stored = Find(service, id);
            if (stored is not null)
                Take(stored, "deregistered");
            revision = _state.Revision;
            if (stored is null)
                return false;
        }
        _log.LogInformation("deregistered {Service}/{Instance}, revision {Revision}", service, id, revision);
        return true;
    }

    /// <summary>Begins to watch: from a revision if all changes since are remembered, otherwise with a snapshot.</summary>
    public Watcher Watch(IEnumerable<string> services, long fromRevision)
    {
        var names = services.ToHashSet(StringComparer.Ordinal);
        var watcher = new Watcher(this, names.Count == 0 ? null : names, _options.WatchQueueLength);
        lock (_writer)
        {
            _watchers.Add(watcher);
            var missed = fromRevision > 0 ? _changes.After(fromRevision, _state.Revision) : null;
            if (missed is null)
                watcher.Restart(_state);
            else
                watcher.Replay(missed);
        }
        return watcher;
    }

    /// <summary>Puts a watcher that fell behind onto the current state.</summary>
    public void Restart(Watcher watcher)
    {
        _counters.WatchRestarted();
        lock (_writer)
            watcher.Restart(_state);
    }

    /// <summary>Offers a watcher nothing any more.</summary>
    public void Remove(Watcher watcher)
    {
        lock (_writer)
            _watchers.Remove(watcher);
    }

    public void Dispose() => _leases.Dispose();

    private void RemoveExpired()
    {
        var expired = new List<Lease>();
        lock (_writer)
        {
            while (_leases.TakeExpired() is { } lease)
            {
                Take(Find(lease.Service, lease.InstanceId)!, "lease expired");
                expired.Add(lease);
            }
        }
        foreach (var lease in expired)
        {
            _counters.LeaseExpired();
            _log.LogWarning("lease of {Service}/{Instance} expired: nothing heard since {LastHeartbeat:O}",
                lease.Service, lease.InstanceId, lease.LastHeartbeat);
        }
    }

    // Everything below runs under the lock.

    private RegisteredInstance? Find(string service, string id) =>
        _state.Services.TryGetValue(service, out var state) ? state.Instances.GetValueOrDefault(id) : null;

    private void Renew(Lease lease) => lease.Renew(_leases.Now + LeaseTtl, _time.GetUtcNow());

    private void Add(Registration registration, Lease lease)
    {
        var instance = registration.Instance.Clone();
        if (instance.Status == ServiceStatus.Unspecified)
            instance.Status = ServiceStatus.Starting;
        if (instance.Weight == 0)
            instance.Weight = 100;
        instance.RegisterTime = _time.GetUtcNow().ToTimestamp();
        Put(instance, _state.Revision + 1, lease, registration, "registered");
    }

    private void Replace(Registration registration, RegisteredInstance stored, bool keepStatus)
    {
        var instance = registration.Instance.Clone();
        if (instance.Status == ServiceStatus.Unspecified)
        {
            // The same stream says what changed, and its status did not; another stream may be another process.
            instance.Status = keepStatus ? stored.Instance.Status : ServiceStatus.Starting;
            instance.StatusReason = keepStatus ? stored.Instance.StatusReason : "";
        }
        if (instance.Weight == 0)
            instance.Weight = 100;
        instance.RegisterTime = stored.Instance.RegisterTime;
        // What the registry sets must not make the two differ.
        instance.LastHeartbeat = stored.Instance.LastHeartbeat;
        instance.Revision = stored.Instance.Revision;
        if (!instance.Equals(stored.Instance) || !SameService(registration, _state.Services[instance.Service].Newest))
            Put(instance, _state.Revision + 1, stored.Lease, registration, "registered");
    }

    private static bool SameService(Registration a, Registration b) =>
        a.Methods.Equals(b.Methods) && a.Dependencies.Equals(b.Dependencies) && Equals(a.HealthCheck, b.HealthCheck);

    /// <summary>Stores an instance that the registry alone refers to, new or in place of its former self.</summary>
    private void Put(Instance instance, long registeredAt, Lease lease, Registration newest, string reason)
    {
        var revision = _state.Revision + 1;
        instance.Revision = revision;
        instance.LastHeartbeat = lease.LastHeartbeat.ToTimestamp();
        var state = _state.Services.GetValueOrDefault(instance.Service)
            ?? new ServiceState(instance.Service, instance.RegisterTime) { Newest = newest };
        var former = state.Instances.GetValueOrDefault(instance.Id);
        var endpoint = EndpointOf.Instance(instance);
        var seen = former is null || !former.Endpoint.Equals(endpoint);
        state = state with
        {
            Revision = revision,
            EndpointsRevision = seen ? revision : state.EndpointsRevision,
            Newest = newest,
            Instances = state.Instances.SetItem(instance.Id, new RegisteredInstance(instance, endpoint, registeredAt, lease)),
        };
        Publish(
            new RegistryState(revision, _state.Services.SetItem(state.Name, state), _state.InstanceCount + (former is null ? 1 : 0)),
            former is null ? RegistryChange.Types.Kind.Added : RegistryChange.Types.Kind.Updated,
            instance,
            reason);
        if (seen)
            EndpointsChanged(state.Name);
    }

    private void Take(RegisteredInstance stored, string reason)
    {
        stored.Lease.IsOver = true;
        var revision = _state.Revision + 1;
        var state = _state.Services[stored.Instance.Service];
        state = state with
        {
            Revision = revision,
            EndpointsRevision = revision,
            Instances = state.Instances.Remove(stored.Instance.Id),
        };
        var services = _state.Services.SetItem(state.Name, state);
        if (state.Instances.IsEmpty)
            services = ForgetLongestGone(services, state);
        var instance = stored.ToMessage();
        instance.Revision = revision;
        Publish(new RegistryState(revision, services, _state.InstanceCount - 1), RegistryChange.Types.Kind.Removed, instance, reason);
        EndpointsChanged(state.Name);
    }

    /// <summary>Bounds what is kept of services that nobody serves any more.</summary>
    private ImmutableSortedDictionary<string, ServiceState> ForgetLongestGone(
        ImmutableSortedDictionary<string, ServiceState> services, ServiceState stopped)
    {
        _stopped.Enqueue(stopped);
        if (_stopped.Count <= _options.MaxStoppedServices)
            return services;
        var longest = _stopped.Dequeue();
        // It may have come back, and even gone again, since.
        return ReferenceEquals(services.GetValueOrDefault(longest.Name), longest) ? services.Remove(longest.Name) : services;
    }

    private void Publish(RegistryState state, RegistryChange.Types.Kind kind, Instance instance, string reason)
    {
        _state = state;
        var change = new WatchResponse
        {
            Change = new RegistryChange { Kind = kind, Revision = state.Revision, Instance = instance, Reason = reason },
        };
        _changes.Add(change);
        foreach (var watcher in _watchers)
            watcher.Offer(change);
    }

    private static string NameOf(ServiceStatus status) => status.ToString().ToUpperInvariant();
}
