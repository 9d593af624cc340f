using Mesh.ControlPlane.Admin;
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
    private readonly TimeProvider _time;
    private readonly RegistryOptions _options;
    private readonly Journal _journal;
    private readonly Counters _counters;
    private readonly RegistryLog _log;
    private readonly Lock _lock = new();
    private readonly LeaseTable _leases;
    private readonly WatchFeed _watches;
    private readonly StoppedServices _stopped;
    private volatile RegistryState _state = RegistryState.Empty;
    private ChangeHistory? _history;

    public ServiceRegistry(
        TimeProvider time, RegistryOptions options, Journal journal, Counters counters, ILogger<ServiceRegistry> log)
    {
        _time = time;
        _options = options;
        _journal = journal;
        _counters = counters;
        _log = new RegistryLog(time, log);
        _watches = new WatchFeed(options);
        _stopped = new StoppedServices(options.MaxStoppedServices);
        _leases = new LeaseTable(time, options.LeaseTtl, RemoveExpired);
        journal.Add(this);
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
            lock (_lock)
                return _watches.Count;
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
            _leases.BeginServing();
    }

    /// <summary>Registers an instance, or what changed of it, with its lease held by a stream.</summary>
    /// <exception cref="StoreException">Nothing was stored.</exception>
    public async Task<RegisterAnswer> RegisterAsync(Registration registration, LeaseHolder holder)
    {
        var isRepeated = holder.Lease is { State: LeaseState.Live };
        while (true)
        {
            Batch? batch = null;
            Task? ending = null;
            Claim claim;
            RegisterAnswer answer;
            bool isNew;
            lock (_lock)
            {
                claim = ClaimLease(registration, holder);
                answer = new RegisterAnswer(claim.Outcome, _state.Revision, claim.Other);
                isNew = claim.IsNew;
                if (claim.Outcome == RegisterOutcome.Applied)
                    batch = RegistrationBatch.Registration(_state, registration, isRepeated, _time.GetUtcNow());
                else if (claim.Outcome == RegisterOutcome.LeaseOver)
                    ending = claim.Lease?.Ending;
            }
            Tell(claim, registration);
            if (ending is not null)
            {
                // Its removal is on its way; then this is a new instance.
                await ending;
                continue;
            }
            if (batch is null)
                return answer;
            var result = await AppendAsync(batch, holder, isNew);
            if (!result.IsApplied)
                continue;
            if (isNew)
            {
                var instance = registration.Instance;
                _log.Event(LogLevel.Information, "registered", instance.Service,
                    $"registered {instance.Service}/{instance.Id} at {EndpointOf.Address(instance)}, revision {result.Revision}");
            }
            return answer with { Revision = result.Revision };
        }
    }

    /// <summary>Renews the holder's lease and stores the status, if one is given.</summary>
    public async Task<RegisterAnswer> HeartbeatAsync(LeaseHolder holder, Heartbeat heartbeat)
    {
        var contender = "";
        while (true)
        {
            Batch? batch = null;
            RegisteredInstance? stored;
            Lease lease;
            long revision;
            lock (_lock)
            {
                revision = _state.Revision;
                if (holder.Lease is not { State: LeaseState.Live } held || held.Holder != holder)
                    return new RegisterAnswer(RegisterOutcome.LeaseOver, revision);
                lease = held;
                _leases.Renew(lease);
                contender = lease.Contender ?? contender;
                lease.Contender = null;
                stored = _state.Find(lease.Service, lease.InstanceId);
                if (stored is not null && heartbeat.Status != ServiceStatus.Unspecified)
                    batch = RegistrationBatch.Status(stored, heartbeat.Status, heartbeat.StatusReason);
            }
            if (batch is null)
                return new RegisterAnswer(RegisterOutcome.Applied, revision, contender);
            try
            {
                var result = await _journal.AppendAsync(batch);
                if (!result.IsApplied)
                    continue;
                revision = result.Revision;
            }
            catch (StoreException refused)
            {
                // It is alive all the same; the status comes again with the next heartbeat.
                _log.Event(LogLevel.Warning, "could not store the status of", lease.Service,
                    $"could not store the status of {lease.Service}/{lease.InstanceId}: {refused.Message}");
                return new RegisterAnswer(RegisterOutcome.Applied, revision, contender);
            }
            if (stored!.Instance.Status != heartbeat.Status)
            {
                _log.Event(LogLevel.Information, "changed the status of", lease.Service,
                    $"{lease.Service}/{lease.InstanceId} is {RegistrationBatch.NameOf(heartbeat.Status)} (was {RegistrationBatch.NameOf(stored.Instance.Status)}): {heartbeat.StatusReason}");
            }
            return new RegisterAnswer(RegisterOutcome.Applied, revision, contender);
        }
    }

    /// <summary>The holder's stream is at its end; the lease, if it is still the holder's, lasts one TTL from now.</summary>
    public void Release(LeaseHolder holder)
    {
        lock (_lock)
        {
            if (holder.Lease is { State: not LeaseState.Over } lease && lease.Holder == holder)
                _leases.Release(lease);
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
                lease.BeginEnd();
            else
                lease = null;
        }
        if (lease is null || await RemoveAsync(lease, "deregistered") is not { } revision)
            return null;
        _log.Event(LogLevel.Information, "deregistered", service, $"deregistered {service}/{id}, revision {revision}");
        return revision;
    }

    /// <summary>
    /// Begins to watch: from a revision if all changes since are remembered, otherwise with a snapshot. Null if too many do.
    /// </summary>
    public Watcher? Watch(IEnumerable<string> services, long fromRevision)
    {
        var names = services.ToHashSet(StringComparer.Ordinal);
        var watcher = new Watcher(this, names.Count == 0 ? null : names, fromRevision);
        lock (_lock)
            return _watches.TryAdd(watcher) ? watcher : null;
    }

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
            var changes = _watches.Take(watcher, _state.Revision);
            if (changes is null)
            {
                restart = _state;
                if (watcher.HasBegun)
                    _counters.WatchRestarted();
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
            _watches.Remove(watcher);
    }

    public void Dispose()
    {
        _leases.Dispose();
        _log.Dispose();
    }

    void IJournalReader.Load(StoreSnapshot snapshot)
    {
        lock (_lock)
        {
            var former = _state.Services.Keys;
            _leases.Clear();
            var draft = new RegistryDraft(RegistryState.Empty, _leases);
            foreach (var entry in snapshot.Entries)
                draft.Apply(new StoreRevision(entry.Revision, [new StoreChange(entry.Key, entry.Value)]));
            _state = draft.Finish(snapshot.Revision);
            _stopped.Begin(_state);
            _watches.Begin(snapshot.Oldest);
            _history = new ChangeHistory();
            foreach (var service in former.Union(draft.Seen))
                EndpointsChanged(service);
        }
    }

    void IJournalReader.Remember(IReadOnlyList<StoreRevision> revisions)
    {
        lock (_lock)
        {
            foreach (var change in revisions.SelectMany(_history!.Of))
                _watches.Add(change);
        }
    }

    void IJournalReader.Apply(IReadOnlyList<StoreRevision> revisions)
    {
        List<Batch> forgotten;
        lock (_lock)
        {
            _history = null;
            var draft = new RegistryDraft(_state, _leases);
            foreach (var revision in revisions)
                draft.Apply(revision);
            _state = draft.Finish(revisions[^1].Revision);
            foreach (var change in draft.Changes)
                _watches.Add(change);
            foreach (var service in draft.Seen)
                EndpointsChanged(service);
            forgotten = _stopped.Add(draft.Stopped, _state);
        }
        foreach (var batch in forgotten)
            _ = ForgetAsync(batch);
    }

    // Under the lock.
    private Claim ClaimLease(Registration registration, LeaseHolder holder)
    {
        var (service, id) = (registration.Instance.Service, registration.Instance.Id);
        if (holder.Lease is { State: LeaseState.Live } held && (held.Service != service || held.InstanceId != id))
            return new Claim(RegisterOutcome.OtherInstance);
        var lease = _leases.Find(service, id);
        if (lease?.State == LeaseState.Ending)
            return new Claim(RegisterOutcome.LeaseOver) { Lease = lease };
        if (lease is null && _leases.Count >= _options.MaxInstances)
            return new Claim(RegisterOutcome.Full);
        // Somebody else has taken it, maybe while this one's batch was on its way.
        if (holder.HasYielded)
            return new Claim(RegisterOutcome.LeaseOver);

        var address = EndpointOf.Address(registration.Instance);
        var isNew = lease is null;
        lease ??= _leases.Add(service, id);
        var claim = new Claim(RegisterOutcome.Applied) { Lease = lease, IsNew = isNew };
        if (lease.Holder != holder)
        {
            var verdict = LeaseClaim.Decide(lease.Holder is not null, lease.Incarnation, registration.Incarnation, registration.TakeOver);
            if (verdict == LeaseClaim.Verdict.Refused)
            {
                lease.Contender = address;
                return new Claim(RegisterOutcome.Held) { Lease = lease, Other = lease.Address };
            }
            claim = claim with { Former = lease.Holder, FormerAddress = lease.Address, Verdict = verdict };
            lease.Holder?.YieldTo(address);
        }
        lease.Holder = holder;
        lease.Incarnation = registration.Incarnation;
        lease.Address = address;
        holder.Lease = lease;
        _leases.Renew(lease);
        return claim;
    }

    private void Tell(Claim claim, Registration registration)
    {
        claim.Former?.End();
        var (service, id) = (registration.Instance.Service, registration.Instance.Id);
        var address = EndpointOf.Address(registration.Instance);
        if (claim.Outcome == RegisterOutcome.Held)
        {
            _log.Event(LogLevel.Warning, "refused", service,
                $"refused {service}/{id} at {address}: the process at {claim.Other} has that instance id and is alive");
        }
        else if (claim.Verdict == LeaseClaim.Verdict.TakenOver)
            _log.Warn($"{service}/{id}: the process at {address} has taken over from the one at {claim.FormerAddress}, which is alive");
        else if (claim.Former is not null)
            _log.Event(LogLevel.Information, "took over the leases of", service, $"lease of {service}/{id} taken over by a newer stream");
    }

    private async Task<AppendResult> AppendAsync(Batch batch, LeaseHolder holder, bool isNew)
    {
        try
        {
            return await _journal.AppendAsync(batch);
        }
        catch (StoreException) when (isNew)
        {
            lock (_lock)
            {
                if (holder.Lease is { } lease && lease.Holder == holder && _state.Find(lease.Service, lease.InstanceId) is null)
                    _leases.Remove(lease);
            }
            throw;
        }
    }

    private void RemoveExpired()
    {
        List<Lease> expired;
        TimeSpan? stall;
        lock (_lock)
        {
            expired = _leases.TakeExpired(out stall);
            foreach (var lease in expired)
                lease.BeginEnd();
        }
        if (stall is { } time)
            _log.Warn($"the control plane has not run for {time.TotalSeconds:0.0} s: no lease runs out before {LeaseTtl.TotalSeconds:0.###} s from now");
        foreach (var lease in expired)
            _ = ExpireAsync(lease);
    }

    private async Task ExpireAsync(Lease lease)
    {
        try
        {
            if (await RemoveAsync(lease, "lease expired") is null)
                return;
        }
        catch (StoreException refused)
        {
            _log.Event(LogLevel.Warning, "could not remove", lease.Service,
                $"could not remove {lease.Service}/{lease.InstanceId}, whose lease has expired: {refused.Message}");
            return;
        }
        _counters.LeaseExpired();
        _log.Event(LogLevel.Warning, "lost the leases of", lease.Service,
            $"lease of {lease.Service}/{lease.InstanceId} expired: nothing heard since {lease.LastHeartbeat:O}");
    }

    /// <summary>Removes the instance of a lease that is ending.</summary>
    /// <returns>At which revision; null if there was none.</returns>
    private async Task<long?> RemoveAsync(Lease lease, string reason)
    {
        while (true)
        {
            RegisteredInstance? stored;
            lock (_lock)
            {
                stored = _state.Find(lease.Service, lease.InstanceId);
                if (stored is null)
                {
                    _leases.Remove(lease);
                    return null;
                }
            }
            try
            {
                // A status that was stored meanwhile is no reason to stay.
                if (await _journal.AppendAsync(RegistrationBatch.Removal(stored, reason)) is { IsApplied: true } result)
                    return result.Revision;
            }
            catch
            {
                // Whatever it was, the instance is still there, and somebody may wait for the end of its removal.
                lock (_lock)
                    _leases.Revive(lease);
                throw;
            }
        }
    }

    private async Task ForgetAsync(Batch batch)
    {
        try
        {
            await _journal.AppendAsync(batch);
        }
        catch (StoreException)
        {
            // It stays known, until the next start at the latest.
        }
    }

    /// <summary>What a registration has come to as to its lease.</summary>
    private readonly record struct Claim(RegisterOutcome Outcome)
    {
        public Lease? Lease { get; init; }

        public bool IsNew { get; init; }

        public LeaseClaim.Verdict Verdict { get; init; }

        public LeaseHolder? Former { get; init; }

        public string FormerAddress { get; init; } = "";

        public string Other { get; init; } = "";
    }
}
