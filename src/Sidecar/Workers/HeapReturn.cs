using System.Threading.Channels;

namespace Mesh.Sidecar.Workers;

/// <summary>
/// Has the collector run when the loops have let go of what a burst needed. It runs by itself only when something is allocated,
/// and calls allocate nothing; and it stops every thread, so it is asked for in a moment when nobody waits. Any thread.
/// </summary>
/// <param name="turns">Counts the turns of all loops.</param>
/// <param name="time">The clock.</param>
internal sealed class HeapReturn(Func<long> turns, TimeProvider time)
{
    /// <summary>Fewer objects than these are not worth a stop: some 64 KiB.</summary>
    private const int LeastFreed = 64;

    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);

    /// <summary>
    /// So many turns of the loops a second are some fifty calls: a stop of some ms, once after a burst, meets one of them at most. Calls
    /// that are open and silent make none.
    /// </summary>
    private const int IdleTurns = 200;

    private readonly Channel<bool> _asked = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });

    /// <summary>A loop has let go of so many objects.</summary>
    public void OnFreed(int objects)
    {
        if (objects >= LeastFreed)
        {
            _asked.Writer.TryWrite(true);
        }
    }

    /// <summary>Collects whenever there is reason to, until told to stop.</summary>
    public async Task RunAsync(CancellationToken stop)
    {
        while (await _asked.Reader.WaitToReadAsync(stop).ConfigureAwait(false))
        {
            await WaitForPauseAsync(stop).ConfigureAwait(false);
            _asked.Reader.TryRead(out _); // what was let go of until now goes with it
            // Compacting, and all that is free goes back to the system at once: what is left is a few MB.
            GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
        }
    }

    private async Task WaitForPauseAsync(CancellationToken stop)
    {
        using var timer = new PeriodicTimer(Interval, time);
        var now = turns();
        while (await timer.WaitForNextTickAsync(stop).ConfigureAwait(false))
        {
            var before = now;
            now = turns();
            if (now - before <= IdleTurns)
            {
                return;
            }
        }
    }
}
