using Mesh.ControlPlane.Admin;
using Mesh.ControlPlane.Replicas;
using Mesh.ControlPlane.Store;

namespace Mesh.ControlPlane.Registry;

/// <summary>Takes instances out whose leases are ending. Any thread, without the registry's lock, which it takes.</summary>
internal sealed class InstanceRemovals(
    Lock registry, Func<RegistryState> state, LeaseTable leases, Replica replica, Counters counters, RegistryLog log)
{
    // Nobody else renews its lease.
    private const string Orphaned = "lease expired: its control plane is gone";

    /// <summary>Removes the instances of leases that have run out, if the store takes it; those of which it does not stay.</summary>
    public void Expire(List<Lease> expired)
    {
        foreach (var lease in expired)
        {
            _ = ExpireAsync(lease);
        }
    }

    /// <summary>Removes the instance of a lease that is ending.</summary>
    /// <returns>At which revision; null if there was none.</returns>
    /// <exception cref="StoreException">It is still there.</exception>
    public async Task<long?> RemoveAsync(Lease lease, string reason)
    {
        while (true)
        {
            RegisteredInstance? stored;
            lock (registry)
            {
                stored = state().Find(lease.Service, lease.InstanceId);
                if (stored is null)
                {
                    leases.Remove(lease);
                    return null;
                }
            }

            try
            {
                // A status that was stored meanwhile is no reason to stay.
                if (await AppendAsync(stored, reason) is { IsApplied: true } result)
                {
                    return result.Revision;
                }
            }
            catch
            {
                // Whatever it was, the instance is still there, and somebody may wait for the end of its removal.
                lock (registry)
                {
                    leases.Revive(lease);
                }

                throw;
            }
        }
    }

    // What another control plane has left behind is for the one that leads.
    private async Task<AppendResult> AppendAsync(RegisteredInstance stored, string reason)
    {
        var batch = RegistrationBatch.Removal(stored, reason);
        if (reason != Orphaned)
        {
            return await replica.AppendAsync(batch);
        }

        return await replica.AppendAsLeaderAsync(batch)
            ?? throw new StoreException(StoreFault.Unavailable, "this control plane does not lead any more");
    }

    private async Task ExpireAsync(Lease lease)
    {
        try
        {
            if (await RemoveAsync(lease, replica.IsAlone || lease.Owner == replica.Owner ? "lease expired" : Orphaned) is null)
            {
                return;
            }
        }
        catch (StoreException refused)
        {
            log.Event(LogLevel.Warning, "could not remove", lease.Service,
                $"could not remove {lease.Service}/{lease.InstanceId}, whose lease has expired: {refused.Message}");
            return;
        }

        counters.LeaseExpired();
        log.Event(LogLevel.Warning, "lost the leases of", lease.Service,
            $"lease of {lease.Service}/{lease.InstanceId} expired: nothing heard since {lease.LastHeartbeat:O}");
    }
}
