using System.Globalization;
using Mesh.ControlPlane.Admin;
using Mesh.ControlPlane.Replicas;
using Mesh.ControlPlane.Store;
using Mesh.V1;

namespace Mesh.ControlPlane.Registry;

/// <summary>
/// Services, their instances and the instances' leases. Any thread may call it. Readers take <see cref="State"/>, an
/// immutable view, and need no lock. It changes by nothing but what the store has made, in that order: whoever wants a change
/// decides by the present state what is to be stored and under which condition, and decides again if somebody was quicker.
/// Leases are not stored, and are changed at once. The lock is held for a decision or for what the store has made; nothing
/// under it waits. What it is given has been validated, and is not changed by the giver any more.
/// </summary>
internal sealed class ServiceRegistry : IJournalReader, IDisposable
{
    private readonly RegistryOptions _options;
    private readonly Replica _replica;
    private readonly Counters _counters;
    private readonly RegistryLog _log;
    private readonly Lock _lock = new();
    private readonly LeaseTable _leases;
    private readonly InstanceChanges _changes;
    private readonly InstanceRemovals _removals;
    private readonly WatchFeed _watches;
    private readonly SharedSnapshots _snapshots = new();
    private readonly StoppedServices _stopped;
    private volatile RegistryState _state = RegistryState.Empty;
    private ChangeHistory? _history;

    public ServiceRegistry(
        TimeProvider time, RegistryOptions options, Journal journal, Replica replica, Counters counters, ILogger<ServiceRegistry> log)
    {
        _options = options;
        _replica = replica;
        _counters = counters;
        _log = new RegistryLog(time, log);
        _watches = new WatchFeed(options);
        _stopped = new StoppedServices(options.MaxStoppedServices);
        _leases = new LeaseTable(time, options.LeaseTtl, new LeaseOwners(replica.OwnerOf, options, () => _state.InstanceCount), RemoveExpired);
        _changes = new InstanceChanges(_lock, () => _state, _leases, time, options, replica, _log);
        _removals = new InstanceRemovals(_lock, () => _state, _leases, replica, counters, _log);
        replica.SessionLost = EndStreams;
        journal.Add(this);
    }

    /// <summary>Everything as it stands.</summary>
    public RegistryState State => _state;

    /// <summary>How long an instance stays when nothing is heard of it.</summary>
    public TimeSpan LeaseTtl => _options.LeaseTtl;

    /// <summary>How full it is, for those who are refused.</summary>
    public string Fullness => string.Create(
        CultureInfo.InvariantCulture,
        $"the registry is full: it has {_state.InstanceCount} instances of at most {_options.MaxInstances}, in {_state.Bytes} bytes of at most {_options.MaxBytes}");

    /// <summary>Leases that are held by streams of this control plane.</summary>
    public int HeldCount
    {
        get
        {
            lock (_lock)
            {
                return _leases.Held().Count;
            }
        }
    }

    /// <summary>Who watches now.</summary>
    public int WatcherCount
    {
        get
        {
            lock (_lock)
            {
                return _watches.Count;
            }
        }
    }

    /// <summary>
    /// Called with a service's name when what callers see of it has changed; under the lock, so it only takes a note.
    /// Set once, before the first change.
    /// </summary>
    public Action<string> EndpointsChanged { get; set; } = static _ => { };

    /// <summary>Sidecars can reach us from now on: whoever is known from the store has its time to come back.</summary>
    public void BeginServing()
    {
        lock (_lock)
        {
            _leases.BeginServing();
        }
    }

    /// <inheritdoc cref="InstanceChanges.RegisterAsync"/>
    public Task<RegisterAnswer> RegisterAsync(Registration registration, LeaseHolder holder) => _changes.RegisterAsync(registration, holder);

    /// <inheritdoc cref="InstanceChanges.HeartbeatAsync"/>
    public ValueTask<RegisterAnswer> HeartbeatAsync(LeaseHolder holder, Heartbeat heartbeat) => _changes.HeartbeatAsync(holder, heartbeat);

    /// <summary>The holder's stream is at its end; the lease, if it is still the holder's, lasts one TTL from now.</summary>
    public void Release(LeaseHolder holder)
    {
        lock (_lock)
        {
            if (holder.Lease is { State: not LeaseState.Over } lease && lease.Holder == holder)
            {
                _leases.Release(lease);
            }
        }
    }

    /// <summary>Removes an instance.</summary>
    /// <returns>At which revision; null if it is not registered.</returns>
    /// <exception cref="StoreException">It is still there.</exception>
    public async Task<long?> DeregisterAsync(string service, string id)
    {
        Lease? lease;
        lock (_lock)
        {
            lease = _state.Find(service, id)?.Lease;
            if (lease?.State == LeaseState.Live)
            {
                lease.BeginEnd();
            }
            else
            {
                lease = null;
            }
        }

        if (lease is null || await _removals.RemoveAsync(lease, "deregistered") is not { } revision)
        {
            return null;
        }

        _log.Event(LogLevel.Information, "deregistered", service, $"deregistered {service}/{id}, revision {revision}");
        return revision;
    }

    /// <summary>Begins to watch: from a revision if all changes since are remembered, otherwise with a snapshot.</summary>
    /// <param name="services">Which; none is all.</param>
    /// <param name="fromRevision">The last that was seen; 0 if none was.</param>
    /// <param name="connection">Of the one who watches.</param>
    /// <param name="refused">Why it may not.</param>
    /// <returns>Null if it may not.</returns>
    public Watcher? Watch(IEnumerable<string> services, long fromRevision, string connection, out string? refused)
    {
        var names = services.ToHashSet(StringComparer.Ordinal);
        var watcher = new Watcher(this, names.Count == 0 ? null : names, fromRevision, connection);
        lock (_lock)
        {
            refused = _watches.Add(watcher);
        }

        return refused is null ? watcher : null;
    }

    /// <summary>A state in parts, which those who are sent the same share.</summary>
    public IEnumerable<WatchResponse> Snapshot(RegistryState state, IReadOnlySet<string>? services) => _snapshots.Of(state, services);

    /// <summary>What a watcher is to be sent next.</summary>
    /// <param name="watcher">Who watches.</param>
    /// <param name="restart">What it begins again with if there are no changes to go on with.</param>
    /// <param name="isUpToDate">There is nothing more after this.</param>
    /// <returns>Changes, possibly none; null if it is to begin again.</returns>
    public List<WatchResponse>? Next(Watcher watcher, out RegistryState? restart, out bool isUpToDate)
    {
        lock (_lock)
        {
            restart = null;
            var changes = _watches.Collect(watcher, _state.Revision);
            if (changes is null)
            {
                restart = _state;
                if (watcher.HasBegun)
                {
                    _counters.WatchRestarted();
                }

                watcher.Begin(_state.Revision);
            }

            isUpToDate = watcher.IsUpToDate;
            return changes;
        }
    }

    /// <summary>Offers a watcher nothing any more.</summary>
    public void Remove(Watcher watcher)
    {
        lock (_lock)
        {
            _watches.Remove(watcher);
        }
    }

    public void Dispose()
    {
        _changes.Dispose();
        _leases.Dispose();
        _log.Dispose();
    }

    void IJournalReader.Load(StoreSnapshot snapshot)
    {
        List<Batch> forgotten;
        lock (_lock)
        {
            var former = _state.Services.Keys;
            _leases.Clear();
            var draft = new RegistryDraft(RegistryState.Empty, _leases, _replica.Owner);
            foreach (var entry in snapshot.Entries)
            {
                draft.Apply(new StoreRevision(entry.Revision, [new StoreChange(entry.Key, entry.Value)]));
            }

            _state = draft.Finish(snapshot.Revision);
            forgotten = _stopped.Begin(_state);
            _watches.Begin(snapshot.Oldest);
            _history = new ChangeHistory();
            foreach (var service in former.Union(draft.Seen))
            {
                EndpointsChanged(service);
            }
        }

        Forget(forgotten);
    }

    void IJournalReader.Remember(IReadOnlyList<StoreRevision> revisions)
    {
        lock (_lock)
        {
            foreach (var change in revisions.SelectMany(_history!.Of))
            {
                _watches.Add(change);
            }
        }
    }

    void IJournalReader.Apply(IReadOnlyList<StoreRevision> revisions)
    {
        List<Batch> forgotten;
        List<LeaseHolder> yielded;
        lock (_lock)
        {
            _history = null;
            var draft = new RegistryDraft(_state, _leases, _replica.Owner);
            foreach (var revision in revisions)
            {
                draft.Apply(revision);
            }

            _state = draft.Finish(revisions[^1].Revision);
            foreach (var change in draft.Changes)
            {
                _watches.Add(change);
            }

            foreach (var service in draft.Seen)
            {
                EndpointsChanged(service);
            }

            forgotten = _stopped.Follow(draft.Stopped, draft.Served, _state);
            yielded = draft.Yielded;
        }

        yielded.ForEach(holder => holder.End());
        Forget(forgotten);
    }

    // What was promised in the session's name cannot be kept: whoever is registered here registers anew, here or elsewhere.
    private void EndStreams(string session)
    {
        List<LeaseHolder> holders;
        lock (_lock)
        {
            _leases.HoldAll();
            holders = [.. _leases.Held().Select(lease => lease.Holder!)];
            foreach (var holder in holders)
            {
                holder.GiveUp($"this control plane cannot keep leases at present: its session {session} is lost");
            }
        }

        // Their callbacks may take a while, and this is called by the session's upkeep.
        _ = Task.Run(() => holders.ForEach(holder => holder.End()));
    }

    private void RemoveExpired()
    {
        List<Lease> expired;
        TimeSpan? stall;
        lock (_lock)
        {
            expired = _leases.TakeExpired(out stall);
            foreach (var lease in expired)
            {
                lease.BeginEnd();
            }
        }

        if (stall is { } time)
        {
            _log.Warn($"the control plane has not run for {time.TotalSeconds:0.0} s: no lease runs out before {LeaseTtl.TotalSeconds:0.###} s from now");
        }

        _removals.Expire(expired);
    }

    private void Forget(List<Batch> forgotten)
    {
        foreach (var batch in forgotten)
        {
            _ = ForgetAsync(batch);
        }
    }

    private async Task ForgetAsync(Batch batch)
    {
        try
        {
            await _replica.AppendAsLeaderAsync(batch);
        }
        catch (StoreException)
        {
            // It stays known, until the next start at the latest.
        }
    }
}
