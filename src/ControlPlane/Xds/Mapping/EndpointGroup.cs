using Mesh.Policy.Balancing;
using Mesh.V1;
using Endpoint = Mesh.V1.Endpoint;

namespace Mesh.ControlPlane.Xds.Mapping;

/// <summary>Some of a service's endpoints, as far as they are to be called.</summary>
/// <param name="Callees">With an address that clients take; in panic those too that are not well.</param>
/// <param name="IsInPanic">So few are well that it does not matter who is; so it is where there is none.</param>
internal sealed record EndpointGroup(IReadOnlyList<Callee> Callees, bool IsInPanic)
{
    public static EndpointGroup Of(EndpointSubset subset, IReadOnlyList<Endpoint> endpoints, int panicThresholdPercent)
    {
        var others = endpoints.Any(IsWell);
        var all = endpoints.Where(endpoint => Contains(subset, endpoint) && !(others && endpoint.Status == ServiceStatus.Draining)).ToList();
        var well = all.Count(IsWell);
        var panic = (long)well * 100 < (long)all.Count * panicThresholdPercent || all.Count == 0;
        var callees =
            from endpoint in all
            where panic || IsWell(endpoint)
            let address = EndpointAddress.Of(endpoint.Address)
            where address is not null
            select new Callee(endpoint, address, IsWell(endpoint));
        return new EndpointGroup([.. callees], panic);
    }

    private static bool IsWell(Endpoint endpoint) => endpoint.Status is ServiceStatus.Healthy or ServiceStatus.Unspecified;

    private static bool Contains(EndpointSubset subset, Endpoint endpoint) =>
        (subset.Version.Length == 0 || subset.Version == endpoint.Version)
        && subset.Metadata.All(label => endpoint.Metadata.TryGetValue(label.Key, out var value) && value == label.Value);
}
