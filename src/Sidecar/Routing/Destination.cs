using Mesh.Http2.Hpack;
using Mesh.Sidecar.Flow;
using Mesh.Sidecar.Snapshot;

namespace Mesh.Sidecar.Routing;

/// <summary>Where the calls of a listener go: step 4 of the path. Immutable.</summary>
internal abstract class Destination
{
    /// <summary>Which side of the sidecar it is: "outbound" or "inbound".</summary>
    public abstract ReadOnlySpan<byte> Hop { get; }

    /// <summary>The service's cluster in the exchange's snapshot; null if nothing is known of it.</summary>
    public abstract Cluster? Find(Exchange exchange);

    /// <summary>Asks for word of the service; false if nobody could give it.</summary>
    public abstract bool Want(Exchange exchange);

    /// <summary>The service's name as the caller wrote it, for messages.</summary>
    public abstract ReadOnlySpan<byte> NameFor(HeaderList request);

    /// <summary>The first of the cluster's routes that matches, or the default.</summary>
    public static ClusterRoute RouteOf(Cluster cluster, HeaderList request)
    {
        if (cluster.Routes.Length == 0)
        {
            return cluster.DefaultRoute;
        }

        request.TryGet(KnownHeader.Method, out var method);
        var index = cluster.Table.Match(RequestHead.PathOf(request), method, new RouteHeaders(request));
        return index < 0 ? cluster.DefaultRoute : cluster.Routes[index];
    }
}
