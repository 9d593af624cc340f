using Mesh.ControlPlane.Api;

namespace Mesh.ControlPlane.Admin;

/// <summary>
/// Gives back to the system what a burst has taken. The collector keeps a heap as large as it once was until something is
/// allocated again, and a control plane that has nothing to do allocates little. A collection that compacts stops every stream
/// for about a millisecond for each megabyte in use, so it comes only when it gives back much in proportion; to find
/// out what is in use stops nobody for long.
/// </summary>
internal sealed class HeapUpkeep(TimeProvider time, StreamScope streams) : BackgroundService
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(15);

    // So much in use is compacted in a tenth of a second or so.
    private const long ShortPause = 128 * 1024 * 1024;

    /// <summary>Whether what would be given back is worth the pause.</summary>
    /// <param name="committed">What the heap takes from the system.</param>
    /// <param name="used">What of it is in use.</param>
    public static bool IsDue(long committed, long used) => committed - used > Math.Max(HeapLook.Little, used < ShortPause ? used / 2 : used);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var (last, at, ended) = (new HeapLook(0, 0, WasOfUse: true), time.GetTimestamp(), 0L);
        using var timer = new PeriodicTimer(Interval, time);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            if (!last.IsDueAgain(Committed, streams.Ended - ended, streams.Open, time.GetElapsedTime(at)))
            {
                continue;
            }

            (at, ended) = (time.GetTimestamp(), streams.Ended);
            GC.Collect(GC.MaxGeneration, GCCollectionMode.Forced, blocking: false);
            await timer.WaitForNextTickAsync(stoppingToken);
            var found = GC.GetGCMemoryInfo(GCKind.Background);
            var used = found.HeapSizeBytes - found.FragmentedBytes;
            var isDue = IsDue(Committed, used);
            if (isDue)
            {
                GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
            }

            last = new HeapLook(Committed, used, isDue);
        }
    }

    // As of the last collection, whatever began it: a burst that took much has had one.
    private static long Committed => GC.GetGCMemoryInfo(GCKind.Any).TotalCommittedBytes;
}
