using Mesh.Policy.Balancing;
using Mesh.V1;
using Endpoint = Mesh.V1.Endpoint;

namespace Mesh.ControlPlane.Xds.Mapping;

/// <summary>
/// Who is to be called: those that are well, in groups of priorities (who steps in for whom, and by nearness) and within these in localities by weight,
/// since weights of single instances are ignored by clients that balance in turn.
/// </summary>
internal static class EndpointMapping
{
    // Clients accept messages of 4 MiB; an endpoint takes about 45 bytes, of IPv6 70.
    private const int MostEndpoints = 40_000;

    private const int DefaultWeight = 100;

    /// <param name="name">Which of the service's.</param>
    /// <param name="endpoints">The service's, in the order of their ids.</param>
    /// <param name="balancing">Panic, and what counts as near.</param>
    /// <param name="locality">The client's.</param>
    public static Envoy.ClusterLoadAssignment Of(ClusterName name, IReadOnlyList<Endpoint> endpoints, BalancingOptions balancing, string locality)
    {
        var vantage = new Vantage(locality, 0);
        var assignment = new Envoy.ClusterLoadAssignment { ClusterName = name.ToString() };
        var priority = 0u;
        foreach (var tier in Tiers(name, endpoints, balancing, vantage))
        {
            assignment.Endpoints.Add(tier.GroupBy(LocalityOf).Select(alike => ToLocality(alike.Key, [.. alike], priority)));
            priority++;
        }

        return assignment;
    }

    /// <summary>What of a client's locality makes a difference, so that clients that are sent the same share it.</summary>
    public static string Relevant(string locality, IReadOnlyList<Endpoint> endpoints, LocalityPreference preference)
    {
        if (preference == LocalityPreference.Any || locality.Length == 0)
        {
            return "";
        }

        var region = LocalityText.Split(locality).Region;
        return preference == LocalityPreference.Zone && endpoints.Any(endpoint => endpoint.Locality == locality) ? locality
            : endpoints.Any(endpoint => LocalityText.Split(endpoint.Locality).Region == region) ? region
            : "";
    }

    private static IEnumerable<List<Callee>> Tiers(ClusterName name, IReadOnlyList<Endpoint> endpoints, BalancingOptions balancing, Vantage vantage)
    {
        var seen = new HashSet<Envoy.Address>();
        foreach (var group in InOrder([.. name.Groups.Select(subset => EndpointGroup.Of(subset, endpoints, balancing.PanicThresholdPercent))]))
        {
            var callees = group.Callees.Where(callee => seen.Count < MostEndpoints && seen.Add(callee.Address));
            foreach (var near in callees.GroupBy(callee => vantage.Distance(callee.Endpoint.Locality, balancing.Locality)).OrderBy(near => near.Key))
            {
                yield return [.. near];
            }
        }
    }

    // As sidecars choose: the first that is not in panic, else the first with somebody to call. The others stay behind it.
    private static IEnumerable<EndpointGroup> InOrder(EndpointGroup[] groups)
    {
        var first = Array.FindIndex(groups, group => !group.IsInPanic);
        first = first < 0 ? Math.Max(0, Array.FindIndex(groups, group => group.Callees.Count > 0)) : first;
        return groups.Skip(first).Take(1).Concat(groups.Where((_, i) => i != first));
    }

    private static (string Region, string Zone, uint Weight) LocalityOf(Callee callee)
    {
        var (region, zone) = LocalityText.Split(callee.Endpoint.Locality);
        return (region, zone, callee.Endpoint.HasWeight ? Math.Max(1, callee.Endpoint.Weight) : DefaultWeight);
    }

    private static Envoy.LocalityLbEndpoints ToLocality((string Region, string Zone, uint Weight) of, List<Callee> callees, uint priority) => new()
    {
        Locality = new() { Region = of.Region, Zone = of.Zone, SubZone = $"w{of.Weight}" },
        LoadBalancingWeight = of.Weight * (uint)callees.Count,
        Priority = priority,
        LbEndpoints =
        {
            callees.Select(callee => new Envoy.LbEndpoint
            {
                Endpoint = new() { Address = callee.Address },
                HealthStatus = callee.IsWell ? Envoy.HealthStatus.Healthy : Envoy.HealthStatus.Unknown,
                LoadBalancingWeight = of.Weight,
            }),
        },
    };
}
