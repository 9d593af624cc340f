using Mesh.ControlPlane.Replicas;
using Mesh.Policy.Sharing;

namespace Mesh.ControlPlane.Limits;

/// <summary>Divides the limits that sidecars share, again and again; each control plane for its own sidecars, by what those of all need.</summary>
internal sealed class LimitDivider(SharedLimits limits, Replica replica, OtherControlPlanes others, TimeProvider time, ILogger<LimitDivider> log) : BackgroundService
{
    private readonly SharersElsewhere _elsewhere = new(replica, others, time);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            var interval = limits.Interval;
            await Task.Delay(interval, time, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (stoppingToken.IsCancellationRequested || limits.IsEmpty)
            {
                continue;
            }

            try
            {
                limits.Divide(_elsewhere.Read(SharingPace.Valid(interval), stoppingToken), _elsewhere.Dividers);
            }
            catch (Exception defect) when (!stoppingToken.IsCancellationRequested)
            {
                log.LogError(defect, "a defect of ours in dividing shared rate limits; it goes on");
            }
        }
    }
}
