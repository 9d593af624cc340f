using Mesh.Bench.Scale.Simulated;

namespace Mesh.Bench.Scale;

/// <summary>What was measured of one mesh. Times of pushes in ms, sorted.</summary>
internal sealed record ScaleResult(
    MeshShape Shape,
    double StartSeconds,
    long Memory,
    double Cores,
    IReadOnlyList<double> Concerned,
    IReadOnlyList<double> Everyone,
    double RestartSeconds,
    long MemoryAfter,
    long LeasesLost);
