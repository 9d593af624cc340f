namespace Mesh.ControlPlane.Admin;

/// <summary>
/// Gives back to the system what a burst has taken. The collector keeps a heap as large as it once was until something is
/// allocated again, and a control plane that has nothing to do allocates little.
/// </summary>
internal sealed class HeapUpkeep(TimeProvider time) : BackgroundService
{
    // It stops all threads, some 100 ms for some 100 MB, so not more often than this, and only when it is worth it.
    private static readonly TimeSpan _interval = TimeSpan.FromSeconds(30);

    private const long Little = 64 * 1024 * 1024;

    /// <summary>Whether collecting is worth its pause.</summary>
    /// <param name="committed">What the heap takes from the system now.</param>
    /// <param name="kept">What it still took after it was last collected so.</param>
    public static bool IsDue(long committed, long kept) => committed > Little && committed > kept + (kept / 2);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var kept = 0L;
        using var timer = new PeriodicTimer(_interval, time);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            if (!IsDue(Committed, kept))
                continue;
            GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
            kept = Committed;
        }
    }

    // As of the last collection, whatever began it: a burst that took much has had one.
    private static long Committed => GC.GetGCMemoryInfo(GCKind.Any).TotalCommittedBytes;
}
