using Mesh.Bench.Load.Processes;

namespace Mesh.Bench.Load.Measuring;

/// <summary>One start of a fresh process.</summary>
/// <param name="Milliseconds">From the start of its process to the first answer to a call.</param>
/// <param name="Idle">A second and a half later.</param>
/// <param name="Loaded">While it carries 10x10;</param>
internal sealed record StartSample(string Proxy, int Round, double Milliseconds, MemoryUse Idle, MemoryUse Loaded);
