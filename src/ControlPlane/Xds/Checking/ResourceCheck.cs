using Google.Protobuf;

namespace Mesh.ControlPlane.Xds.Checking;

/// <summary>
/// Whether a resource is one that every known client takes: as strict as the strictest of them, since what one rejects another dies of. What is wrong is a
/// defect of ours, and is not sent.
/// </summary>
internal static class ResourceCheck
{
    private const int MaxBytes = 3 * 1024 * 1024;

    /// <summary>The first fault, or null.</summary>
    public static string? FaultOf(string name, IMessage resource)
    {
        var fault = resource switch
        {
            _ when resource.CalculateSize() > MaxBytes => $"has {resource.CalculateSize()} bytes, and may have {MaxBytes}",
            Envoy.Listener listener => listener.Name != name ? "has another name" : ListenerCheck.FaultOf(listener),
            Envoy.RouteConfiguration routes => routes.Name != name ? "has another name" : RouteCheck.FaultOf(routes),
            Envoy.Cluster cluster => cluster.Name != name ? "has another name" : ClusterCheck.FaultOf(cluster),
            Envoy.ClusterLoadAssignment endpoints => endpoints.ClusterName != name ? "has another name" : EndpointsCheck.FaultOf(endpoints),
            _ => "is of no kind that clients ask for",
        };
        return fault is null ? null : $"{resource.Descriptor.Name} {name}: {fault}";
    }
}
