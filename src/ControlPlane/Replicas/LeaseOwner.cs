namespace Mesh.ControlPlane.Replicas;

/// <summary>The control plane that an instance is marked with, as this one knows it.</summary>
/// <param name="Standing">Whose business its leases are.</param>
/// <param name="GoneFor">How long it has been gone; counts with <see cref="LeaseOwnerStanding.Gone"/> only.</param>
internal readonly record struct LeaseOwner(LeaseOwnerStanding Standing, TimeSpan GoneFor = default);
