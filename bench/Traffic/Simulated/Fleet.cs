using Mesh.Policy.Routing;
using Mesh.Wire.Streams;

namespace Mesh.Bench.Traffic.Simulated;

/// <summary>One service with its instances, and callers of it with a sidecar each.</summary>
internal sealed class Fleet
{
    public const string Service = "echo";

    public Fleet(World world, IReadOnlyList<ScriptedServer> servers, ServicePolicyOptions policy, int callers)
    {
        Servers = servers;
        Sidecars = [.. Enumerable.Range(0, callers).Select(_ => new SimulatedSidecar(world))];
        Callers = [.. Sidecars.Select(sidecar => new SimulatedCaller(world, sidecar.Outbound, Protocol.Http2))];
        foreach (var sidecar in Sidecars)
        {
            sidecar.Learn(Service, policy, [.. servers.Select(server => SimulatedSidecar.At(server.Address))]);
        }
    }

    public IReadOnlyList<ScriptedServer> Servers { get; }

    public IReadOnlyList<SimulatedSidecar> Sidecars { get; }

    public IReadOnlyList<SimulatedCaller> Callers { get; }
}
