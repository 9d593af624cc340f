using Mesh.Policy.Balancing;
using Mesh.Policy.Routing;
using Mesh.Sidecar.Phases;
using Mesh.Sidecar.Telemetry.Calls;
using Mesh.Sidecar.Upstream;

namespace Mesh.Sidecar.Snapshot;

/// <summary>
/// A service, or some of its endpoints, as a destination, as one snapshot has it: who they are, and how they are called. Immutable; what
/// lasts longer than a snapshot (load, breakers, budgets, limits) it only refers to.
/// </summary>
internal sealed record Cluster
{
    /// <summary>The service's name.</summary>
    public required string Name { get; init; }

    /// <summary>The name as it comes in an authority.</summary>
    public required byte[] Key { get; init; }

    /// <summary>Whether there is such a service; if not, all else is empty.</summary>
    public required bool IsKnown { get; init; }

    /// <summary>The service's cluster, of whose endpoints this one has some; null if it is that itself.</summary>
    public Cluster? Whole { get; init; }

    /// <summary>Which of them.</summary>
    public EndpointSubset Subset { get; init; } = EndpointSubset.All;

    /// <summary>What the balancer picks from.</summary>
    public required EndpointSet Set { get; init; }

    /// <summary>The same endpoints in the same order, with all that is known of them.</summary>
    public required Endpoint[] Endpoints { get; init; }

    public required Balancer Balancer { get; init; }

    public required ServicePolicyOptions Policy { get; init; }

    /// <summary>Finds the index into <see cref="Routes"/>.</summary>
    public required RouteTable Table { get; init; }

    public required ClusterRoute[] Routes { get; init; }

    /// <summary>What holds for calls that no route matches.</summary>
    public required ClusterRoute DefaultRoute { get; init; }

    /// <summary>On calls under way, over all loops and snapshots.</summary>
    public required ClusterLimits Limit { get; init; }

    /// <summary>What all calls pass that go to its endpoints, whichever route has led them here.</summary>
    public required Phase[] Phases { get; init; }

    /// <summary>Where its calls are counted.</summary>
    public required ClusterStatistics Statistics { get; init; }

    /// <summary>Marked when it is looked up; null if nobody asks.</summary>
    public ServiceUse? Use { get; init; }

    /// <summary>Versions of the resources it was made from; 0 for a static file.</summary>
    public required long EndpointsVersion { get; init; }

    public required long PolicyVersion { get; init; }

    /// <summary>The first of the routes that matches, or the default.</summary>
    /// <param name="target">The path, with the query if there is one.</param>
    /// <param name="method">HTTP's.</param>
    /// <param name="headers">The request's.</param>
    public ClusterRoute RouteOf<THeaders>(ReadOnlySpan<byte> target, ReadOnlySpan<byte> method, scoped in THeaders headers)
        where THeaders : IRouteHeaders, allows ref struct
    {
        var index = Table.Match(target, method, headers); // none match an empty table, at once
        return index < 0 ? DefaultRoute : Routes[index];
    }

    /// <summary>The same cluster with the backends of its routes, where any leads elsewhere; else itself.</summary>
    /// <param name="find">The cluster of some of a service's endpoints; null if nothing is known of the service.</param>
    public Cluster Linked(Func<string, EndpointSubset, Cluster?> find) => !Array.Exists(Routes, route => route.NeedsLinks)
        ? this
        : this with { Routes = Array.ConvertAll(Routes, route => route.NeedsLinks ? route.Linked(Name, find) : route) };
}
