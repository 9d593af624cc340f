using Mesh.Policy;

namespace Mesh.Sidecar.Snapshot;

/// <summary>Where copies of a route's calls go. Immutable.</summary>
/// <param name="cluster">Null where nothing is known of the service: no copies are made.</param>
/// <param name="percent">How many of the calls.</param>
internal sealed class RouteMirror(Cluster? cluster, double percent)
{
    public Cluster? Cluster => cluster;

    /// <summary>Whether a call is copied.</summary>
    public bool IsHit(ref Rng random) => cluster is not null && random.Hits(percent);
}
