using Mesh.Policy;

namespace Mesh.Sidecar.Upstream;

/// <summary>
/// How long to wait before the next connection to an endpoint that takes connections and closes them without having served a
/// call: a server that says GOAWAY at once would otherwise be connected to as fast as the network allows. Pure.
/// </summary>
internal struct ReconnectPause
{
    /// <summary>The first is made at once: a server that restarts closes one connection.</summary>
    private const int Free = 1;

    private static readonly long Least = TimeSpan.FromMilliseconds(50).Ticks;
    private static readonly long Most = TimeSpan.FromSeconds(1).Ticks;

    private int _barren;

    /// <summary>Not before, in the loop's ticks.</summary>
    public long Until { get; private set; }

    /// <summary>A connection that had come about is over.</summary>
    /// <param name="servedCalls">The endpoint has looked at some call.</param>
    /// <param name="now">In the loop's ticks.</param>
    /// <param name="random">Spreads those that were closed together.</param>
    public void OnEnded(bool servedCalls, long now, ref Rng random)
    {
        _barren = servedCalls ? 0 : _barren + 1;
        if (_barren <= Free)
        {
            Until = now;
            return;
        }

        var pause = Math.Min(Least << Math.Min(_barren - Free - 1, 10), Most);
        Until = now + (pause / 2) + (long)(pause / 2 * random.NextDouble());
    }
}
