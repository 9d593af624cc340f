using Mesh.Hosting;
using EventLoop = Mesh.Wire.Transport.EventLoop;

namespace Mesh.Sidecar.Overload;

/// <summary>
/// Gives back what a sidecar at rest does not need: what only its start has needed, and from then on the garbage that scrapes, leases and
/// log lines leave, which the collector would let grow to its budget of 4 MiB; with either, and once a minute, the pages of the executable, which
/// come back as they are needed. It waits for a moment in which next to nothing is called (docs/adr/0045).
/// </summary>
/// <param name="loops">Those that carry calls.</param>
/// <param name="allocated">Bytes that the process has allocated so far.</param>
/// <param name="collect">Collects all there is.</param>
/// <param name="releaseImage">Lets go of the executable's pages.</param>
/// <param name="time">The clock.</param>
internal sealed class MemoryAtRest(IReadOnlyList<EventLoop> loops, Func<long> allocated, Action collect, Action releaseImage, TimeProvider time)
{
    /// <summary>A collection stops every thread for some ms, which so much garbage is worth: that of some twenty scrapes.</summary>
    private const long LeastGarbage = 512 * 1024;

    /// <summary>Turns of the loops in an <see cref="Interval"/>: some fifty calls a second, or nothing but connections that are checked.</summary>
    private const long MostTurns = 400;

    /// <summary>At rest, after which pages are let go of again: a minute, of which it takes two ms.</summary>
    private const int MostLooks = 30;

    /// <summary>Also how long a start may take: it is not at rest while it goes on.</summary>
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(2);

    private long _turns;
    private int _looks;

    /// <summary>Null before the first time.</summary>
    private long? _collectedAt;

    /// <summary>Of this process.</summary>
    public static MemoryAtRest Of(IReadOnlyList<EventLoop> loops, TimeProvider time) => new(
        loops,
        static () => GC.GetTotalAllocatedBytes(),
        static () => GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true),
        static () => ImagePages.Release(),
        time);

    /// <summary>Looks again and again, until told to stop.</summary>
    public async Task RunAsync(CancellationToken stop)
    {
        using var timer = new PeriodicTimer(Interval, time);
        while (await timer.WaitForNextTickAsync(stop))
        {
            Look();
        }
    }

    /// <summary>An <see cref="Interval"/> is over.</summary>
    internal void Look()
    {
        var before = _turns;
        _turns = loops.Sum(loop => loop.Turns);
        if (_turns - before > MostTurns)
        {
            return;
        }

        var isWorthIt = !(allocated() - _collectedAt < LeastGarbage);
        if (isWorthIt)
        {
            collect();
            _collectedAt = allocated();
        }

        if (isWorthIt || ++_looks >= MostLooks)
        {
            _looks = 0;
            releaseImage(); // behind the collection, whose code is among it
        }
    }
}
