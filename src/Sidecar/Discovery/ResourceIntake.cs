using System.Collections.Concurrent;
using System.Text;
using Mesh.Policy.Routing;
using Mesh.Resources;
using Mesh.Sidecar.Telemetry;
using Wire = Mesh.V1;

namespace Mesh.Sidecar.Discovery;

/// <summary>
/// Takes what the control plane sends into the directory. What cannot be right is rejected, and the last good one stays.
/// For the stream's reader alone, apart from <see cref="Rejected"/>.
/// </summary>
internal sealed class ResourceIntake(ServiceDirectory directory, TimeProvider time, Log log)
{
    /// <summary>
    /// How long after a reconnect an instance may take to be named again. Twice the longest pause before a sidecar comes
    /// back, so that all have been.
    /// </summary>
    private static readonly TimeSpan ConfirmTime = 2 * Backoff.Longest;

    private readonly KnownEndpoints _known = new();
    private readonly ConcurrentDictionary<(string Service, string Kind), Rejection> _rejected = new();
    private long _reconnected;

    /// <summary>What is not applied at present. Any thread.</summary>
    public IReadOnlyCollection<Rejection> Rejected => [.. _rejected.Values];

    /// <summary>When <see cref="DropUnconfirmed"/> is due; null if it is not.</summary>
    public TimeSpan? ConfirmTimeLeft => _known.HasUnconfirmed ? ConfirmTime - time.GetElapsedTime(_reconnected) : null;

    public void OnReconnected()
    {
        _reconnected = time.GetTimestamp();
        _known.OnReconnected();
    }

    /// <summary>Applies a response; in force with the directory's next publication.</summary>
    /// <param name="response">As it came.</param>
    /// <param name="error">Why it was not applied; empty if it was.</param>
    /// <returns>Whether there is something to publish.</returns>
    public bool Take(Wire.DiscoveryResponse response, out string error)
    {
        switch (response.ResourceCase)
        {
            case Wire.DiscoveryResponse.ResourceOneofCase.Endpoints:
                return Take(response.Endpoints, out error);
            case Wire.DiscoveryResponse.ResourceOneofCase.Policy:
                return Take(response.Policy, out error);
            default:
                error = "resource: is of a kind that this sidecar does not know";
                log.Warn($"rejected response {response.Nonce} of the control plane: {error}");
                return false;
        }
    }

    /// <summary>Forgets what was not named since the reconnect.</summary>
    public void DropUnconfirmed()
    {
        foreach (var said in _known.DropUnconfirmed())
        {
            log.Info($"instances of {said.Service} have not come back since the reconnect and are dropped");
            directory.SetEndpoints(said.Service, said.Version, !said.Unknown, said.Endpoints);
        }
    }

    private bool Take(Wire.ServiceEndpoints endpoints, out string error)
    {
        if (!Accept(endpoints.Service, "endpoints", endpoints.Version, ResourceFaults.Of(endpoints), out error))
        {
            return false;
        }

        _known.Say(endpoints);
        var inForce = _known.InForce(endpoints.Service);
        log.Debug($"endpoints of {endpoints.Service}, version {endpoints.Version}: {inForce.Count}");
        return directory.SetEndpoints(endpoints.Service, endpoints.Version, !endpoints.Unknown || inForce.Count > 0, inForce);
    }

    private bool Take(Wire.ServicePolicy policy, out string error)
    {
        if (!Accept(policy.Service, "policy", policy.Version, ResourceFaults.Of(policy), out error))
        {
            // A first policy that is no good must not keep the service from being called at all.
            return directory.SetPolicyIfNone(policy.Service, ServicePolicyOptions.Default);
        }

        log.Debug($"policy of {policy.Service}, version {policy.Version}");
        var options = PolicyTranslation.ToPolicy(policy.Config);
        foreach (var route in options.Routes)
        {
            if (route.Service is { } target)
            {
                directory.Want(Encoding.UTF8.GetBytes(target));
            }
        }

        return directory.SetPolicy(policy.Service, policy.Version, options);
    }

    private bool Accept(string service, string kind, long version, string? fault, out string error)
    {
        error = fault ?? "";
        if (fault is null)
        {
            _rejected.TryRemove((service, kind), out _);
            return true;
        }

        _rejected[(service, kind)] = new Rejection(service, kind, version, fault, time.GetUtcNow());
        log.Warn($"rejected the {kind} of {service}, version {version}; the last good one stays: {fault}");
        return false;
    }
}
