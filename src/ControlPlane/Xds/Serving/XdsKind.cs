using Mesh.ControlPlane.Xds.Mapping;

namespace Mesh.ControlPlane.Xds.Serving;

/// <summary>A kind of resource that clients ask for.</summary>
/// <param name="Name">For people: as the protocol calls its service.</param>
/// <param name="TypeUrl">On the wire.</param>
/// <param name="IsWhole">A response holds all that its client has asked for: what is missing in it is deleted. Of the others only what has changed is sent.</param>
internal sealed record XdsKind(string Name, string TypeUrl, bool IsWhole)
{
    public static readonly XdsKind Clusters = new("CDS", Mapping.TypeUrl.Cluster, IsWhole: true);
    public static readonly XdsKind Endpoints = new("EDS", Mapping.TypeUrl.Endpoints, IsWhole: false);
    public static readonly XdsKind Listeners = new("LDS", Mapping.TypeUrl.Listener, IsWhole: true);
    public static readonly XdsKind Routes = new("RDS", Mapping.TypeUrl.Route, IsWhole: false);

    /// <summary>In the order in which they are written: what is named before those who name it.</summary>
    public static IReadOnlyList<XdsKind> All { get; } = [Clusters, Endpoints, Listeners, Routes];

    /// <summary>The service that a resource of this kind and name is of; null if it is of none.</summary>
    public string? ServiceOf(string name) =>
        this == Listeners ? ListenerName.TryParse(name, out var listener) ? listener.Service : null
        : this == Routes ? DnsLabel.IsValid(name) ? name : null
        : ClusterName.TryParse(name, out var cluster) ? cluster.Service
        : null;

    public override string ToString() => Name;
}
