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
    private static readonly TimeSpan _interval = TimeSpan.FromSeconds(15);

    private const long Little = 32 * 1024 * 1024;

    // What an ordinary day makes of a heap is not looked at.
    private const long Growth = 16 * 1024 * 1024;

    // So much in use is compacted in a tenth of a second or so.
    private const long ShortPause = 128 * 1024 * 1024;

    /// <summary>Whether it is worth finding out how much of the heap is in use.</summary>
    /// <param name="committed">What it takes from the system.</param>
    /// <param name="looked">What it took when that was last found out.</param>
    /// <param name="isLeft">Somebody who may have had much has gone since.</param>
    public static bool IsToBeLookedAt(long committed, long looked, bool isLeft) => committed > Little && (isLeft || committed - looked > Growth);

    /// <summary>Whether what would be given back is worth the pause.</summary>
    /// <param name="committed">What the heap takes from the system.</param>
    /// <param name="used">What of it is in use.</param>
    public static bool IsDue(long committed, long used) => committed - used > Math.Max(Little, used < ShortPause ? used / 2 : used);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var (looked, ended) = (0L, 0L);
        using var timer = new PeriodicTimer(_interval, time);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            if (!IsToBeLookedAt(Committed, looked, streams.Ended != ended))
                continue;
            ended = streams.Ended;
            GC.Collect(GC.MaxGeneration, GCCollectionMode.Forced, blocking: false);
            await timer.WaitForNextTickAsync(stoppingToken);
            var found = GC.GetGCMemoryInfo(GCKind.Background);
            if (IsDue(Committed, found.HeapSizeBytes - found.FragmentedBytes))
                GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
            looked = Committed;
        }
    }

    // As of the last collection, whatever began it: a burst that took much has had one.
    private static long Committed => GC.GetGCMemoryInfo(GCKind.Any).TotalCommittedBytes;
}
