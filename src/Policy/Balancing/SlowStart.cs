namespace Mesh.Policy.Balancing;

/// <summary>
/// An endpoint that has just come, or is well again, gets a small share of the calls at first: its caches are cold, its code is not compiled,
/// and all of the traffic at once would make it ill again. As in Envoy, the share grows with the time since then.
/// </summary>
/// <param name="Window">How long it takes; zero is not at all.</param>
/// <param name="MinWeightPercent">The share it begins with, in percent of its own, 1 to 100.</param>
public sealed record SlowStart(TimeSpan Window, int MinWeightPercent = 10)
{
    /// <summary>Each has its share at once.</summary>
    public static readonly SlowStart None = new(TimeSpan.Zero);

    /// <summary>What an endpoint gets of its share, 0 to 1.</summary>
    /// <param name="since">When it came or was well again, in ticks.</param>
    /// <param name="now">The time, in ticks.</param>
    public double Share(long since, long now) => now - since >= Window.Ticks
        ? 1
        : Math.Max(MinWeightPercent / 100.0, Math.Max(0, now - since) / (double)Window.Ticks);
}
