namespace Mesh.ControlPlane.Trust;

/// <summary>A sidecar that has an identity, as rotation sees it.</summary>
/// <param name="Name">SERVICE/INSTANCE.</param>
/// <param name="Anchor">The id of the anchor that its newest certificate leads to; empty of one that has none yet.</param>
/// <param name="IsConnected">Whether it is, to any control plane.</param>
/// <param name="HasApplied">Whether it has taken the bundle as it stands.</param>
internal sealed record IdentityHolder(string Name, string Anchor, bool IsConnected, bool HasApplied);
