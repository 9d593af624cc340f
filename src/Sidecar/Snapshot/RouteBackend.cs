using Mesh.Policy.Balancing;

namespace Mesh.Sidecar.Snapshot;

/// <summary>One of the places where a route's calls go, as clusters of the route's snapshot. Immutable.</summary>
/// <param name="service">The service's name.</param>
/// <param name="clusters">The preferred choice of its endpoints, then those that step in; empty if nothing is known of the service.</param>
internal sealed class RouteBackend(string service, Cluster[] clusters)
{
    private readonly Priorities? _priorities = clusters.Length > 1 ? new Priorities(Array.ConvertAll(clusters, cluster => cluster.Set)) : null;

    public string Service { get; } = service;

    /// <summary>The cluster that takes a call now; null if nothing is known of the service.</summary>
    public Cluster? Choose() => clusters.Length == 0 ? null : clusters[_priorities?.Choose() ?? 0];
}
