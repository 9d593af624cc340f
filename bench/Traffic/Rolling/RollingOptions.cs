namespace Mesh.Bench.Traffic.Rolling;

/// <summary>What a rolling restart is asked for.</summary>
internal sealed record RollingOptions
{
    /// <summary>Calls over each protocol, at the least.</summary>
    public required int Calls { get; init; }

    /// <summary>Calls a second.</summary>
    public required int Rate { get; init; }

    /// <summary>Of the service.</summary>
    public required int Instances { get; init; }

    /// <summary>The sidecar's executable.</summary>
    public required string Sidecar { get; init; }

    /// <summary>The exit code is 0 whatever the figures.</summary>
    public required bool IsReport { get; init; }
}
