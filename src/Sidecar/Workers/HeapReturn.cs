using System.Threading.Channels;
using EventLoop = Mesh.Wire.Transport.EventLoop;

namespace Mesh.Sidecar.Workers;

/// <summary>
/// Has the collector run when the loops have let go of what a burst needed. It runs by itself only when something is allocated,
/// and calls allocate nothing; and it stops every thread, so it is asked for in a moment when nobody waits. Any thread.
/// </summary>
/// <param name="loops">Those of the process.</param>
/// <param name="time">The clock.</param>
internal sealed class HeapReturn(Func<IEnumerable<EventLoop>> loops, TimeProvider time)
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
        while (await _asked.Reader.WaitToReadAsync(stop))
        {
            await WaitForPauseAsync(stop);
            _asked.Reader.TryRead(out _); // what was let go of until now goes with it
            Collect();
        }
    }

    /// <summary>At once, since memory is short; loops let go of what they keep for reuse before.</summary>
    public async Task ShrinkAsync()
    {
        var released = Task.WhenAll(loops().Select(loop => loop.InvokeAsync(loop.Segments.ReleaseIdle)));
        await released.WaitAsync(Interval, time).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing); // one that is busy does it later
        Collect();
    }

    /// <summary>Compacting, and all that is free goes back to the system at once: what is left is a few MB.</summary>
    private static void Collect() => GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);

    private async Task WaitForPauseAsync(CancellationToken stop)
    {
        using var timer = new PeriodicTimer(Interval, time);
        var now = Turns();
        while (await timer.WaitForNextTickAsync(stop))
        {
            var before = now;
            now = Turns();
            if (now - before <= IdleTurns)
            {
                return;
            }
        }
    }

    private long Turns() => loops().Sum(loop => loop.Turns);
}
