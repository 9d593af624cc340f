using Mesh.ControlPlane.Replicas;
using Mesh.ControlPlane.Store;
using Mesh.V1;

namespace Mesh.ControlPlane.Registry;

/// <summary>
/// Stores what sidecars say of their instances. What changes too quickly is held for a moment, and the last of it stored. Any
/// thread, without the registry's lock, which it takes.
/// </summary>
internal sealed class InstanceChanges : IDisposable
{
    private readonly Lock _registry;
    private readonly Func<RegistryState> _state;
    private readonly LeaseTable _leases;
    private readonly TimeProvider _time;
    private readonly Replica _replica;
    private readonly RegistryLog _log;
    private readonly LeaseClaims _claims;
    private readonly HeldChanges _held;
    private readonly RegistrySpace _space;

    public InstanceChanges(
        Lock registry, Func<RegistryState> state, LeaseTable leases, TimeProvider time, RegistryOptions options, Replica replica, RegistryLog log)
    {
        _registry = registry;
        _state = state;
        _leases = leases;
        _time = time;
        _replica = replica;
        _log = log;
        _claims = new LeaseClaims(leases, options, replica, log);
        _space = new RegistrySpace(options.MaxBytes);
        _held = new HeldChanges(time, options, StoreHeld);
    }

    /// <summary>
    /// Registers an instance, or what changed of it, with its lease held by a stream. What changes too quickly is held for a
    /// moment, and the last of it stored.
    /// </summary>
    /// <exception cref="StoreException">Nothing was stored.</exception>
    public async Task<RegisterAnswer> RegisterAsync(Registration registration, LeaseHolder holder)
    {
        var isRepeated = holder.Lease is { State: LeaseState.Live };
        var mayChange = false;
        while (true)
        {
            Batch? batch = null;
            Task? ending = null;
            ClaimedLease claim;
            RegisterAnswer answer;
            bool isNew;
            var more = 0L;
            lock (_registry)
            {
                claim = _claims.Claim(registration, holder);
                answer = new RegisterAnswer(claim.Outcome, _state().Revision, claim.Other ?? "");
                isNew = claim.IsNew;
                if (claim.Outcome == RegisterOutcome.Applied)
                {
                    batch = RegistrationBatch.Registration(_state(), registration, _replica.Owner, isRepeated, _time.GetUtcNow());
                }
                else if (claim.Outcome == RegisterOutcome.LeaseOver)
                {
                    ending = claim.Lease?.Ending;
                }

                if (claim is { Outcome: RegisterOutcome.Applied, Lease: { } lease } && (batch is not null || lease.Held is not null))
                {
                    mayChange = (mayChange && lease.Held is null) || _held.TryTake(lease, _leases.Now);
                    if (batch is not null && !_space.Has(_state(), batch, lease.Service, lease.InstanceId, out more))
                    {
                        Withdraw(holder, isNew);
                        answer = answer with { Outcome = RegisterOutcome.Full };
                        batch = null;
                    }
                    else if (!mayChange && _state().Find(lease.Service, lease.InstanceId) is not null)
                    {
                        _held.Hold(lease, HeldChange.Of(lease.Held, registration, isRepeated), _leases.Now);
                        batch = null;
                    }
                    else
                    {
                        _space.Reserve(more);
                        lease.StoresUnderWay++;
                    }
                }
            }

            _claims.Tell(claim, registration);
            if (ending is not null)
            {
                // Its removal is on its way; then this is a new instance.
                await ending;
                continue;
            }

            if (batch is null)
            {
                return answer;
            }

            var result = await AppendAsync(batch, more, claim.Lease!, holder, isNew);
            if (!result.IsApplied)
            {
                continue;
            }

            if (isNew)
            {
                var instance = registration.Instance;
                _log.Event(LogLevel.Information, "registered", instance.Service,
                    $"registered {instance.Service}/{instance.Id} at {EndpointOf.Address(instance)}, revision {result.Revision}");
            }

            return answer with { Revision = result.Revision };
        }
    }

    /// <summary>Renews the holder's lease and stores the status, if one is given; one that changes too quickly later.</summary>
    public async ValueTask<RegisterAnswer> HeartbeatAsync(LeaseHolder holder, Heartbeat heartbeat)
    {
        var contender = "";
        var mayChange = false;
        while (true)
        {
            Batch? batch = null;
            RegisteredInstance? stored;
            Lease lease;
            long revision;
            lock (_registry)
            {
                revision = _state().Revision;
                lease = holder.Lease!;
                if (lease is not { State: LeaseState.Live } || lease.Holder != holder)
                {
                    return new RegisterAnswer(RegisterOutcome.LeaseOver, revision);
                }

                _leases.Renew(lease);
                contender = lease.Contender ?? contender;
                lease.Contender = null;
                stored = _state().Find(lease.Service, lease.InstanceId);
                if (stored is not null && heartbeat.Status != ServiceStatus.Unspecified)
                {
                    batch = RegistrationBatch.Status(stored, heartbeat.Status, heartbeat.StatusReason);
                }

                if (heartbeat.Status != ServiceStatus.Unspecified && (batch is not null || lease.Held is not null))
                {
                    mayChange = (mayChange && lease.Held is null) || _held.TryTake(lease, _leases.Now);
                    if (!mayChange)
                    {
                        _held.Hold(lease, HeldChange.Of(lease.Held, heartbeat), _leases.Now);
                        batch = null;
                    }
                }

                lease.StoresUnderWay += batch is null ? 0 : 1;
            }

            var answer = new RegisterAnswer(RegisterOutcome.Applied, revision, contender);
            if (batch is null)
            {
                return answer;
            }

            AppendResult? result;
            try
            {
                result = await StoreStatusAsync(batch, stored!, heartbeat.Status, heartbeat.StatusReason);
            }
            finally
            {
                lock (_registry)
                {
                    EndStore(lease, holder);
                }
            }

            switch (result)
            {
                case { IsApplied: true } made:
                    return answer with { Revision = made.Revision };
                case null:
                    // It is alive all the same; the status comes again with the next heartbeat.
                    return answer;
            }
        }
    }

    public void Dispose() => _held.Dispose();

    private async Task<AppendResult> AppendAsync(Batch batch, long more, Lease lease, LeaseHolder holder, bool isNew)
    {
        try
        {
            return await _replica.AppendAsync(batch);
        }
        catch (StoreException) when (isNew)
        {
            lock (_registry)
            {
                Withdraw(holder, isNew);
            }

            throw;
        }
        finally
        {
            lock (_registry)
            {
                _space.Return(more);
                EndStore(lease, holder);
            }
        }
    }

    // Whoever waited for the answer has its whole time from now on. Under the lock.
    private void EndStore(Lease lease, LeaseHolder holder)
    {
        lease.StoresUnderWay--;
        if (lease.State == LeaseState.Live && lease.Holder == holder)
        {
            _leases.Renew(lease);
        }
    }

    // Its lease is of no instance. Under the lock.
    private void Withdraw(LeaseHolder holder, bool isNew)
    {
        if (isNew && holder.Lease is { } lease && lease.Holder == holder && _state().Find(lease.Service, lease.InstanceId) is null)
        {
            _leases.Remove(lease);
        }
    }

    /// <returns>Null if the store has refused it.</returns>
    private async Task<AppendResult?> StoreStatusAsync(Batch batch, RegisteredInstance stored, ServiceStatus status, string reason)
    {
        var (service, id) = (stored.Instance.Service, stored.Instance.Id);
        try
        {
            var result = await _replica.AppendAsync(batch);
            if (result.IsApplied && stored.Instance.Status != status)
            {
                _log.Event(LogLevel.Information, "changed the status of", service,
                    $"{service}/{id} is {RegistrationBatch.NameOf(status)} (was {RegistrationBatch.NameOf(stored.Instance.Status)}): {reason}");
            }

            return result;
        }
        catch (StoreException refused)
        {
            _log.Event(LogLevel.Warning, "could not store the status of", service, $"could not store the status of {service}/{id}: {refused.Message}");
            return null;
        }
    }

    private void StoreHeld()
    {
        List<Lease> due;
        lock (_registry)
        {
            due = _held.TakeDue(_leases.Now);
        }

        foreach (var lease in due)
        {
            _ = StoreHeldAsync(lease);
        }
    }

    private async Task StoreHeldAsync(Lease lease)
    {
        while (true)
        {
            HeldChange change;
            Batch? batch;
            RegisteredInstance? stored;
            lock (_registry)
            {
                stored = _state().Find(lease.Service, lease.InstanceId);
                if (lease.Held is not { } held || lease.State != LeaseState.Live || stored is null)
                {
                    lease.Held = null;
                    return;
                }

                change = held;
                batch = change.ToBatch(_state(), stored, _replica.Owner, _time.GetUtcNow());
            }

            var result = batch is null ? AppendResult.Applied(0) : await StoreStatusAsync(batch, stored, change.StatusAfter(stored), change.Reason);
            if (result is { IsApplied: false })
            {
                continue;
            }

            lock (_registry)
            {
                if (result is null)
                {
                    _held.Retry(lease, _leases.Now);
                }
                else
                {
                    _held.Stored(lease, change, _leases.Now);
                }
            }

            return;
        }
    }
}
