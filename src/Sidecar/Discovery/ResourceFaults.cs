using Mesh.Resources;
using Wire = Mesh.V1;

namespace Mesh.Sidecar.Discovery;

/// <summary>What is wrong with a resource, in a line; null if nothing is.</summary>
internal static class ResourceFaults
{
    /// <summary>More would not be read.</summary>
    private const int MostFaults = 5;

    public static string? Of(string name, Wire.ServiceEndpoints endpoints)
    {
        var service = new Wire.StaticService { Name = name };
        service.Endpoints.Add(endpoints.Endpoints);
        var faults = StaticFileValidation.Validate(new Wire.StaticFile { Services = { service } });
        // Of the file that it is not, a message needs no place.
        return InALine([.. faults.Select(fault => fault.Replace("services[0].", "", StringComparison.Ordinal))]);
    }

    public static string? Of(string service, Wire.ServiceConfig config) => InALine(ConfigValidation.Validate(service, config));

    private static string? InALine(IReadOnlyList<string> faults) => faults.Count switch
    {
        0 => null,
        <= MostFaults => string.Join("; ", faults),
        _ => $"{string.Join("; ", faults.Take(MostFaults))}; and {faults.Count - MostFaults} more",
    };
}
