using Endpoint = Mesh.V1.Endpoint;

namespace Mesh.ControlPlane.Xds.Mapping;

/// <summary>An endpoint that clients may call.</summary>
/// <param name="Endpoint">As callers see it.</param>
/// <param name="Address">As clients take it.</param>
/// <param name="IsWell">It is healthy; otherwise it is called since too few are.</param>
internal sealed record Callee(Endpoint Endpoint, Envoy.Address Address, bool IsWell);
