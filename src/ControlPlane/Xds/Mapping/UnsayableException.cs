namespace Mesh.ControlPlane.Xds.Mapping;

/// <summary>Clients without a sidecar cannot be told of a route: it is left out for them.</summary>
/// <param name="field">Of the route's match, or the route.</param>
/// <param name="why">Goes on after the field.</param>
internal sealed class UnsayableException(string field, string why) : Exception($"{field}: {why}")
{
    public string Field { get; } = field;

    public string Why { get; } = why;
}
