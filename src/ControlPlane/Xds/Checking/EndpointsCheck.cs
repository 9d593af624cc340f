using Mesh.ControlPlane.Xds.Mapping;

namespace Mesh.ControlPlane.Xds.Checking;

/// <summary>Of endpoints: one that is wrong, and clients reject all of them.</summary>
internal static class EndpointsCheck
{
    public static string? FaultOf(Envoy.ClusterLoadAssignment assignment)
    {
        var localities = assignment.Endpoints;
        var priorities = localities.Select(locality => locality.Priority).Distinct().Order().ToList();
        return priorities.Where((priority, i) => priority != i).Any() ? "has a gap between its priorities"
            : localities.Any(locality => locality.Locality is null) ? "has a locality that does not say where it is"
            : localities.DistinctBy(locality => (locality.Priority, locality.Locality)).Count() < localities.Count ? "has a locality twice in one priority"
            : localities.Any(locality => locality.LoadBalancingWeight is null or 0) ? "has a locality without a weight"
            : localities.GroupBy(locality => locality.Priority).Any(alike => alike.Sum(locality => (long)locality.LoadBalancingWeight!.Value) > uint.MaxValue) ? "has weights whose sum is too large"
            : FaultOf([.. localities.SelectMany(locality => locality.LbEndpoints)]);
    }

    private static string? FaultOf(List<Envoy.LbEndpoint> endpoints) =>
        endpoints.Exists(endpoint => endpoint.Endpoint?.Address?.SocketAddress is not { } address || !EndpointAddress.IsPlain(address.Address) || address.PortValue is 0 or > ushort.MaxValue) ? "has an endpoint without an IP address and a port"
        : endpoints.DistinctBy(endpoint => endpoint.Endpoint.Address).Count() < endpoints.Count ? "has an endpoint twice"
        : endpoints.Exists(endpoint => endpoint.LoadBalancingWeight is null or 0) ? "has an endpoint without a weight"
        : endpoints.Exists(endpoint => endpoint.HealthStatus is not (Envoy.HealthStatus.Healthy or Envoy.HealthStatus.Unknown)) ? "has an endpoint that is not to be called"
        : null;
}
