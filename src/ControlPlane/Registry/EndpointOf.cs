using System.Globalization;
using Mesh.V1;
using Endpoint = Mesh.V1.Endpoint;

namespace Mesh.ControlPlane.Registry;

/// <summary>What callers see of an instance.</summary>
internal static class EndpointOf
{
    public static Endpoint Instance(Instance instance)
    {
        var endpoint = new Endpoint
        {
            Address = Address(instance),
            Id = instance.Id,
            Weight = instance.Weight,
            Sidecar = instance.Sidecar,
            Identity = instance.Identity,
            Locality = Locality(instance.Locality),
            Version = instance.Version,
            Status = instance.Status,
        };
        endpoint.Metadata.Add(instance.Metadata);
        return endpoint;
    }

    public static string Address(Instance instance)
    {
        var port = instance.Port.ToString(CultureInfo.InvariantCulture);
        return instance.Address.Contains(':', StringComparison.Ordinal) ? $"[{instance.Address}]:{port}" : $"{instance.Address}:{port}";
    }

    private static string Locality(Locality? locality) => locality is null ? "" : LocalityText.Join(locality.Region, locality.Zone);
}
