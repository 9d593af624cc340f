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
    long LeasesLost);
