using Mesh.Policy.Routing;
using Mesh.Sidecar.Discovery.Services;
using Api = Mesh.V1;

namespace Mesh.Sidecar.Discovery;

/// <summary>
/// The control plane as a destination of calls, for what of the mesh's own APIs it answers: the one that the sidecar is at, and when
/// that changes the next. One thread at a time.
/// </summary>
internal sealed class ControlPlaneService(ControlPlaneChoice choice, ServiceDirectory directory)
{
    /// <summary>No authority leads here, since those are looked up in lower case: only routes of ours do.</summary>
    public const string Name = "Control-Plane";

    /// <summary>Streams that say nothing for long are what subscribers have, and there is nobody else to turn to.</summary>
    private static readonly ServicePolicyOptions Policy = ServicePolicyOptions.InboundDefault with
    {
        Timeouts = ServicePolicyOptions.InboundDefault.Timeouts with { SilentRequest = null },
    };

    /// <summary>Says where it is, before the first call.</summary>
    public void Begin()
    {
        directory.SetPolicy(Name, version: 0, Policy);
        Say(choice.Current);
    }

    /// <summary>Follows until told to stop.</summary>
    public async Task FollowAsync(CancellationToken stop)
    {
        while (!stop.IsCancellationRequested)
        {
            var changed = choice.Changed;
            Say(choice.Current);
            await changed.WaitAsync(stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    // It takes calls over HTTP/2, as a sidecar does, whatever their callers speak.
    private void Say(Uri url)
    {
        var address = $"{url.Host}:{url.Port}"; // an authority leaves port 80 out
        directory.SetEndpoints(
            Name, version: 0, isKnown: true, [new Api.Endpoint { Id = address, Address = address, Sidecar = true, Status = Api.ServiceStatus.Healthy }]);
        directory.Publish();
    }
}
