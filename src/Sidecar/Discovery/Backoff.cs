namespace Mesh.Sidecar.Discovery;

/// <summary>
/// Pauses between attempts to reach a control plane: anything from nothing to a limit that doubles with each failure (full
/// jitter, M. Brooker, "Exponential Backoff And Jitter", 2015), so that those who lost it together do not come back
/// together. One caller at a time.
/// </summary>
internal sealed class Backoff(Random random)
{
    /// <summary>The limit of the first pause.</summary>
    public static readonly TimeSpan Shortest = TimeSpan.FromMilliseconds(100);

    /// <summary>No pause is longer: a control plane that is back is found within this.</summary>
    public static readonly TimeSpan Longest = TimeSpan.FromSeconds(5);

    private TimeSpan _limit = Shortest;

    /// <summary>How long to wait now.</summary>
    public TimeSpan Next()
    {
        var pause = _limit * random.NextDouble();
        _limit = _limit * 2 < Longest ? _limit * 2 : Longest;
        return pause;
    }

    /// <summary>It went well.</summary>
    public void Reset() => _limit = Shortest;

    /// <summary>Trying again soon would do harm.</summary>
    public void Lengthen() => _limit = Longest;
}
