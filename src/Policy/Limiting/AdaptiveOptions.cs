namespace Mesh.Policy.Limiting;

/// <summary>How a limit follows what the other side can bear.</summary>
public sealed record AdaptiveOptions
{
    /// <summary>Fewest calls that are let on at once, 1 to 1,000,000; default 3.</summary>
    public int Min { get; init; } = 3;

    /// <summary>How often the limit is set anew, 100 ms to 1 min; default 1 s.</summary>
    public TimeSpan Interval { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>
    /// How long the shortest time is remembered, 5 s to 1 h; default 60 s. Then the limit is halved for one interval, to measure it
    /// anew.
    /// </summary>
    public TimeSpan Memory { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>By how much longer than that calls may take before the limit goes down, in percent, 0 to 1000; default 25.</summary>
    public int TolerancePercent { get; init; } = 25;
}
