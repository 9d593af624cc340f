using Mesh.ControlPlane.Replicas;
using Mesh.V1;

namespace Mesh.ControlPlane.Registry;

/// <summary>Gives a lease to the stream that registers its instance, or says whose it is. <see cref="Claim"/> is used under the registry's lock.</summary>
internal sealed class LeaseClaims(LeaseTable leases, RegistryOptions options, Replica replica, RegistryLog log)
{
    public ClaimedLease Claim(Registration registration, LeaseHolder holder)
    {
        var (service, id) = (registration.Instance.Service, registration.Instance.Id);
        if (holder.Lease is { State: LeaseState.Live } held && (held.Service != service || held.InstanceId != id))
        {
            return new ClaimedLease(RegisterOutcome.OtherInstance);
        }

        var lease = leases.Find(service, id);
        if (lease?.State == LeaseState.Ending)
        {
            return new ClaimedLease(RegisterOutcome.LeaseOver) { Lease = lease };
        }

        if (lease is null && leases.Count >= options.MaxInstances)
        {
            return new ClaimedLease(RegisterOutcome.Full);
        }

        // Somebody else has taken it, maybe while this one's batch was on its way.
        if (holder.HasYielded)
        {
            return new ClaimedLease(RegisterOutcome.LeaseOver);
        }

        var address = EndpointOf.Address(registration.Instance);
        var isNew = lease is null;
        lease ??= leases.Add(service, id);
        var claim = new ClaimedLease(RegisterOutcome.Applied) { Lease = lease, IsNew = isNew };
        if (lease.Holder != holder)
        {
            var verdict = LeaseClaim.Decide(lease.Holder is not null || IsHeldElsewhere(lease), lease.Incarnation, registration.Incarnation, registration.TakeOver);
            if (verdict == LeaseClaim.Verdict.Refused)
            {
                lease.Contender = address;
                return new ClaimedLease(RegisterOutcome.Held) { Lease = lease, Other = lease.Address };
            }

            claim = claim with { Former = lease.Holder, FormerAddress = lease.Address, Verdict = verdict };
            lease.Holder?.YieldTo(address);
        }

        lease.Holder = holder;
        lease.Incarnation = registration.Incarnation;
        lease.Address = address;
        holder.Lease = lease;
        leases.Renew(lease);
        return claim;
    }

    // Whether its stream there is broken only that control plane knows.
    private bool IsHeldElsewhere(Lease lease) => lease.Owner.Length != 0 && lease.Owner != replica.Owner && replica.IsAlive(lease.Owner);

    /// <summary>Ends the stream that has lost it, and says so. Without any lock.</summary>
    public void Tell(ClaimedLease claim, Registration registration)
    {
        claim.Former?.End();
        var (service, id) = (registration.Instance.Service, registration.Instance.Id);
        var address = EndpointOf.Address(registration.Instance);
        if (claim.Outcome == RegisterOutcome.Held)
        {
            log.Event(LogLevel.Warning, "refused", service,
                $"refused {service}/{id} at {address}: the process at {claim.Other} has that instance id and is alive");
        }
        else if (claim.Verdict == LeaseClaim.Verdict.TakenOver)
        {
            log.Warn($"{service}/{id}: the process at {address} has taken over from the one at {claim.FormerAddress}, which is alive");
        }
        else if (claim.Former is not null)
        {
            log.Event(LogLevel.Information, "took over the leases of", service, $"lease of {service}/{id} taken over by a newer stream");
        }
    }
}
