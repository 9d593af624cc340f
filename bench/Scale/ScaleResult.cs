using Mesh.Bench.Scale.Simulated;

namespace Mesh.Bench.Scale;

/// <summary>What was measured of one mesh.</summary>
internal sealed record ScaleResult(
    MeshShape Shape,
    double StartSeconds,
    long Memory,
    double Cores,
    IReadOnlyList<PushRound> Concerned,
    IReadOnlyList<PushRound> Everyone,
    double RestartSeconds,
    long MemoryAfter,
    long LeasesLost)
{
    /// <summary>From the kill of all control planes until every instance is registered again.</summary>
    public required double RegisteredSeconds { get; init; }

    /// <summary>Of all members, at rest; null without etcd.</summary>
    public double? EtcdCores { get; init; }

    /// <summary>From the kill of one of three control planes until all is registered and known again; null where there is one.</summary>
    public double? OneLostSeconds { get; init; }
}
