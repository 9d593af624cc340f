using System.Text;
using Mesh.Policy.Routing;
using Microsoft.AspNetCore.Http;

namespace Mesh.Sidecar.Http1;

/// <summary>A request's headers as routes see them.</summary>
internal readonly struct Http1Headers(IHeaderDictionary headers) : IRouteHeaders
{
    public bool TryGet(ReadOnlySpan<byte> lowerCaseName, out ReadOnlySpan<byte> value)
    {
        var found = headers.TryGetValue(Encoding.ASCII.GetString(lowerCaseName), out var values);
        value = found ? Encoding.UTF8.GetBytes(values[0] ?? "") : default;
        return found;
    }
}
