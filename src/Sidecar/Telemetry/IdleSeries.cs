using Mesh.Sidecar.Readings;
using Mesh.Sidecar.Telemetry.Calls;

namespace Mesh.Sidecar.Telemetry;

/// <summary>
/// Forgets the methods that nobody has called for long, each part where it is written: callers choose paths, and what they tried
/// once must not stay.
/// </summary>
internal sealed class IdleSeries(SidecarView view)
{
    private static readonly TimeSpan Interval = TimeSpan.FromMinutes(1);

    public async Task RunAsync(CancellationToken cancellation)
    {
        using var timer = new PeriodicTimer(Interval, view.Time);
        while (await timer.WaitForNextTickAsync(cancellation))
        {
            Forget();
        }
    }

    private void Forget()
    {
        ClusterStatistics[] all = [.. view.Clusters().Select(entry => entry.Cluster.Statistics), view.Unknown];
        foreach (var worker in view.Workers)
        {
            worker.Loop.Post(() =>
            {
                foreach (var statistics in all)
                {
                    statistics.ForgetIdle(worker.Index, worker.Loop.Now);
                }
            });
        }
    }
}
