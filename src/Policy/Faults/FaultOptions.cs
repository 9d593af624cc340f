namespace Mesh.Policy.Faults;

/// <summary>Faults made on purpose: a delay, and after it perhaps an answer that comes from nobody.</summary>
public sealed record FaultOptions
{
    /// <summary>No faults.</summary>
    public static readonly FaultOptions None = new();

    /// <summary>How long calls are delayed, 1 ms to 1 h; default zero, none is.</summary>
    public TimeSpan Delay { get; init; }

    /// <summary>How many of them, 0 to 100; default 100.</summary>
    public double DelayPercent { get; init; } = 100;

    /// <summary>What calls are answered; default none is.</summary>
    public FaultStatus? Abort { get; init; }

    /// <summary>How many of them, 0 to 100; default 100.</summary>
    public double AbortPercent { get; init; } = 100;

    /// <summary>Whether callers may ask for faults themselves; default false.</summary>
    public bool ByHeader { get; init; }
}
