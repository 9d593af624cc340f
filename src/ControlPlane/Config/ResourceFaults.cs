using Mesh.V1;

namespace Mesh.ControlPlane.Config;

/// <summary>What is wrong with resources that are to be applied together.</summary>
internal static class ResourceFaults
{
    // The page of a list, or the message to a sidecar, that holds it has to stay within what gRPC clients accept, 4 MiB.
    private const int MaxBytes = 1024 * 1024;

    // Nobody mends more at once, and each costs memory before it is told.
    private const int MaxFaults = 50;

    /// <summary>Every fault, or the first 50, a line each, naming its field by its path; empty if all are valid.</summary>
    public static List<string> Of(IReadOnlyList<ConfigResource> resources)
    {
        var faults = new List<string>();
        if (resources.Count == 0)
        {
            faults.Add("resources: at least one is needed");
        }

        var seen = new HashSet<(ConfigKind, string)>();
        foreach (var (i, resource) in resources.Index())
        {
            faults.AddRange(Of(i, resource, seen));
            if (faults.Count <= MaxFaults)
            {
                continue;
            }

            faults.RemoveRange(MaxFaults, faults.Count - MaxFaults);
            faults.Add("and more: these are the first of them");
            break;
        }

        return faults;
    }

    private static IEnumerable<string> Of(int index, ConfigResource resource, HashSet<(ConfigKind, string)> seen)
    {
        // A service's name begins its lines; without one its place must.
        var place = resource.Service.Length == 0 ? $"resources[{index}]." : "";
        // Before anything is looked at that could be long.
        if (resource.CalculateSize() is > MaxBytes and var bytes)
        {
            yield return $"{place}{resource.Service}: config: {bytes} bytes are too many; at most {MaxBytes}";
            yield break;
        }

        foreach (var change in ConfigKinds.ChangesOf(resource))
        {
            foreach (var fault in change.Kind.Validate(change.Name, change.Value!).Take(MaxFaults + 1))
            {
                yield return place + fault;
            }

            if (!seen.Add((change.Kind, change.Name)) && change.Name.Length != 0)
            {
                yield return $"{change.Name}: is given more than once";
            }
        }
    }
}
