namespace Mesh.Bench.Traffic;

/// <summary>What the command line asks for.</summary>
internal sealed record TrafficOptions
{
    /// <summary>Of all chance.</summary>
    public ulong Seed { get; init; } = 1;

    /// <summary>Of the time that the whole takes, above 0 and up to 1.</summary>
    public double Share { get; init; } = 1;

    /// <summary>The letters of the tables.</summary>
    public required IReadOnlyList<string> Rows { get; init; }

    /// <summary>The exit code is 0 whatever the figures.</summary>
    public bool IsReport { get; init; }
}
