using Mesh.Resources;
using Api = Mesh.V1;

namespace Mesh.Sidecar.Discovery.Kinds;

/// <summary>What is wrong with a resource, in a line; null if nothing is.</summary>
internal static class ResourceFaults
{
    /// <summary>More would not be read.</summary>
    private const int MostFaults = 5;

    /// <summary>Whoever sends a resource chooses what is quoted of it.</summary>
    private const int LongestFault = 300;

    public static string? Of(string name, IReadOnlyList<Api.Endpoint> endpoints)
    {
        var service = new Api.StaticService { Name = name };
        service.Endpoints.Add(endpoints);
        var faults = StaticFileValidation.Validate(new Api.StaticFile { Services = { service } });
        // Of the file that it is not, a message needs no place.
        return InALine([.. faults.Select(fault => fault.Replace("services[0].", "", StringComparison.Ordinal).Replace("endpoints[0].", "", StringComparison.Ordinal))]);
    }

    public static string? Of(string service, Api.ServiceConfig config) => InALine(ConfigValidation.Validate(service, config));

    public static string? Of(string service, Api.InboundConfig config) => InALine(InboundValidation.Validate(service, config));

    /// <summary>As much of it as anybody reads.</summary>
    public static string Short(string fault) => fault.Length <= LongestFault ? fault : fault[..LongestFault] + "…";

    private static string? InALine(IReadOnlyList<string> faults) => faults.Count switch
    {
        0 => null,
        <= MostFaults => Short(string.Join("; ", faults)),
        _ => $"{Short(string.Join("; ", faults.Take(MostFaults)))}; and {faults.Count - MostFaults} more",
    };
}
