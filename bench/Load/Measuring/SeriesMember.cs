using Mesh.Bench.Load.Cases;
using Mesh.Bench.Load.Proxies;

namespace Mesh.Bench.Load.Measuring;

/// <summary>One point of a series: a sidecar and a load.</summary>
/// <param name="Name">"100 endpoints".</param>
/// <param name="Sidecar">Members with the same one share a process.</param>
/// <param name="Load">What it carries.</param>
/// <param name="WarmCalls">Calls to make first, at least.</param>
internal sealed record SeriesMember(string Name, Proxy Sidecar, LoadCase Load, int WarmCalls = 0);
