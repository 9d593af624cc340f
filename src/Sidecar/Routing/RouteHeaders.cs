using Mesh.Policy.Routing;
using Mesh.Wire.Http2.Hpack;

namespace Mesh.Sidecar.Routing;

/// <summary>A request's headers as routes see them.</summary>
internal readonly struct RouteHeaders(HeaderList headers) : IRouteHeaders
{
    public bool TryGet(ReadOnlySpan<byte> lowerCaseName, out ReadOnlySpan<byte> value) => headers.TryGet(lowerCaseName, out value);
}
