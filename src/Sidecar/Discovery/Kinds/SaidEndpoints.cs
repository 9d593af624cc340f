using Api = Mesh.V1;

namespace Mesh.Sidecar.Discovery.Kinds;

/// <summary>What was last said of where a service is.</summary>
/// <param name="Service">Whose they are.</param>
/// <param name="Version">Of the resource.</param>
/// <param name="IsKnown">Whether there is such a service.</param>
/// <param name="Endpoints">All of them.</param>
/// <param name="Origin">By whom.</param>
internal sealed record SaidEndpoints(string Service, long Version, bool IsKnown, IReadOnlyList<Api.Endpoint> Endpoints, Origin Origin);
