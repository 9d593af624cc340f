using Api = Mesh.V1;

namespace Mesh.Sidecar.Discovery.Kinds;

/// <summary>What a sidecar cannot use costs that one endpoint, and never the others of its service.</summary>
/// <param name="Endpoints">Those that can be used.</param>
/// <param name="Skipped">How many cannot.</param>
/// <param name="Fault">What is wrong with the first of these; empty if there is none.</param>
internal sealed record UsableEndpoints(IReadOnlyList<Api.Endpoint> Endpoints, int Skipped, string Fault)
{
    public static UsableEndpoints Of(string service, IReadOnlyList<Api.Endpoint> all)
    {
        if (ResourceFaults.Of(service, all) is null)
        {
            return new UsableEndpoints(all, 0, "");
        }

        var usable = new List<Api.Endpoint>(all.Count);
        var ids = new HashSet<string>(StringComparer.Ordinal);
        var first = "";
        foreach (var endpoint in all)
        {
            var id = endpoint.Id.Length > 0 ? endpoint.Id : endpoint.Address;
            var fault = ResourceFaults.Of(service, [endpoint]) ?? (ids.Add(id) ? null : "its id is that of another");
            if (fault is null)
            {
                usable.Add(endpoint);
            }
            else if (first.Length == 0)
            {
                first = ResourceFaults.Short($"'{id}': {fault}");
            }
        }

        return new UsableEndpoints(usable, all.Count - usable.Count, first);
    }
}
