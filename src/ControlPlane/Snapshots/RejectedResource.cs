namespace Mesh.ControlPlane.Snapshots;

/// <summary>A resource that a sidecar does not apply.</summary>
internal sealed record RejectedResource(string Sidecar, ResourceKey Key, long Version, string Error);
