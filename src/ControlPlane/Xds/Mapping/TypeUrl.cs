using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;

namespace Mesh.ControlPlane.Xds.Mapping;

/// <summary>What messages are called where they are packed.</summary>
internal static class TypeUrl
{
    private const string Prefix = "type.googleapis.com/";

    public static readonly string Listener = Prefix + Envoy.Listener.Descriptor.FullName;
    public static readonly string Route = Prefix + Envoy.RouteConfiguration.Descriptor.FullName;
    public static readonly string Cluster = Prefix + Envoy.Cluster.Descriptor.FullName;
    public static readonly string Endpoints = Prefix + Envoy.ClusterLoadAssignment.Descriptor.FullName;

    /// <summary>The same message is the same bytes, whenever: maps are written in the order of their keys, and ours have one at most.</summary>
    public static Any Pack(IMessage message) => Any.Pack(message);
}
