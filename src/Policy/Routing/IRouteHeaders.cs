namespace Mesh.Policy.Routing;

/// <summary>A request's headers, as far as routes look at them. Implemented by structs, so that nothing is boxed.</summary>
public interface IRouteHeaders
{
    /// <summary>The value of a header; of several the first.</summary>
    bool TryGet(ReadOnlySpan<byte> lowerCaseName, out ReadOnlySpan<byte> value);
}
