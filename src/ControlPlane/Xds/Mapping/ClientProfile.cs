namespace Mesh.ControlPlane.Xds.Mapping;

/// <summary>All of a client that decides what it is sent.</summary>
/// <param name="Class">Its kind.</param>
/// <param name="Service">The service that it is part of (<c>node.cluster</c>), by which routes tell callers apart; empty if it does not say.</param>
/// <param name="Locality"><c>REGION/ZONE</c>; empty if it does not say.</param>
internal sealed record ClientProfile(ClientClass Class, string Service, string Locality);
