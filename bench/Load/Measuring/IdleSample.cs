using Mesh.Bench.Load.Processes;

namespace Mesh.Bench.Load.Measuring;

/// <summary>What idle connections cost a proxy.</summary>
/// <param name="Connections">How many.</param>
/// <param name="Before">Its memory without them.</param>
/// <param name="After">And with.</param>
internal sealed record IdleSample(string Proxy, int Connections, MemoryUse Before, MemoryUse After)
{
    public double BytesPerConnection => (double)(After.Pss - Before.Pss) / Connections;
}
