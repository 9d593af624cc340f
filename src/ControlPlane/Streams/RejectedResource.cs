namespace Mesh.ControlPlane.Streams;

/// <summary>A resource that a sidecar does not apply.</summary>
internal sealed record RejectedResource(string Sidecar, ResourceKey Key, long Version, string Error);
