namespace Mesh.Sidecar.Discovery.Services;

/// <summary>
/// Has services compare their endpoints: one timer for all of them, as often as the shortest interval there may be.
/// <see cref="RunAsync"/> runs once.
/// </summary>
/// <param name="directory">Knows them.</param>
/// <param name="time">The clock.</param>
internal sealed class OutlierWatch(ServiceDirectory directory, TimeProvider time)
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);

    public async Task RunAsync(CancellationToken stop)
    {
        using var timer = new PeriodicTimer(Interval, time);
        while (await timer.WaitForNextTickAsync(stop))
        {
            directory.EjectOutliers();
        }
    }
}
