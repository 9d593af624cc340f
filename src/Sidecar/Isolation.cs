using Mesh.Sidecar.Health;
using Mesh.Sidecar.Readings;

namespace Mesh.Sidecar;

/// <summary>
/// Whether the sidecar has lost everything: its app, every control plane and every endpoint, as in a network namespace whose
/// owner is gone. Each of them alone says nothing against a sidecar, which does what can be done without. Any thread.
/// </summary>
/// <param name="view">What is looked at.</param>
/// <param name="health">The app's; null for a pure client, which cannot be told from one that has nothing to do.</param>
/// <param name="time">The clock.</param>
internal sealed class Isolation(SidecarView view, HealthMonitor? health, TimeProvider time)
{
    /// <summary>Control plane and app may be restarted at the same time; an orchestrator must not take that for the end.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    /// <summary>What is lost, a line each; empty unless that is all.</summary>
    public async Task<IReadOnlyList<string>> ReasonsAsync()
    {
        if (health is not { Current: { Status: not AppStatus.Healthy } app } || view.ControlPlane is not { State: { IsConnected: false } plane })
        {
            return [];
        }

        var since = app.Since > plane.Since ? app.Since : plane.Since;
        if (time.GetUtcNow() - since < Patience)
        {
            return [];
        }

        var connections = await LoopReading.OfAllAsync(
            view, worker => worker.Connections.All.Sum(endpoint => endpoint.All.Count(pooled => pooled.Connection.IsReady)));
        return connections.Sum(loop => loop.Reading) > 0
            ? []
            :
            [
                $"the app at {health.App.Address} is lost: {app.Reason}",
                $"the control plane at {plane.Url.GetLeftPart(UriPartial.Authority)} is lost: {plane.LastError ?? "not reached yet"}",
                "no endpoint is connected",
            ];
    }
}
