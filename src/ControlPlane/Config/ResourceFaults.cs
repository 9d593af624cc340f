using Mesh.Resources;
using Mesh.V1;

namespace Mesh.ControlPlane.Config;

/// <summary>What is wrong with resources that are to be applied together.</summary>
internal static class ResourceFaults
{
    // The page of a list, or the message to a sidecar, that holds it has to stay within what gRPC clients accept, 4 MiB.
    private const int MaxBytes = 1024 * 1024;

    /// <summary>Every fault, a line each, naming its field by its path; empty if all are valid.</summary>
    public static List<string> Of(IReadOnlyList<ConfigResource> resources)
    {
        var faults = new List<string>();
        if (resources.Count == 0)
            faults.Add("resources: at least one is needed");
        var seen = new HashSet<string>(StringComparer.Ordinal);
        foreach (var (i, resource) in resources.Index())
        {
            // A service's name begins its lines; without one its place must.
            var place = resource.Service.Length == 0 ? $"resources[{i}]." : "";
            faults.AddRange(ConfigValidation.Validate(resource.Service, resource.Config).Select(fault => place + fault));
            if (resource.CalculateSize() is > MaxBytes and var bytes)
                faults.Add($"{place}{resource.Service}: config: {bytes} bytes are too many; at most {MaxBytes}");
            if (!seen.Add(resource.Service) && resource.Service.Length != 0)
                faults.Add($"{resource.Service}: is given more than once");
        }
        return faults;
    }
}
