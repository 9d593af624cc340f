namespace Mesh.Sidecar.Flow.GrpcWeb;

/// <summary>Which pages of other origins may call from a browser (the Fetch standard, section 3.2). Immutable.</summary>
/// <param name="Origins">Each as a browser writes it, <c>https://shop.example:8443</c>, compared octet by octet; <c>*</c> stands for all. None by default: no page of another origin.</param>
/// <param name="ExposedHeaders">Fields of an answer, beside gRPC's own, that scripts may read; names in lower case.</param>
/// <param name="AllowsCredentials">Cookies and client certificates may be sent. Not with <c>*</c>: then it counts as false.</param>
/// <param name="MaxAge">How long a browser may remember what it was told; default 10 min, whole seconds, zero for not at all.</param>
internal sealed record CorsOptions(
    IReadOnlyList<string> Origins,
    IReadOnlyList<string> ExposedHeaders,
    bool AllowsCredentials = false,
    TimeSpan? MaxAge = null)
{
    /// <summary>No page of another origin.</summary>
    public static readonly CorsOptions None = new([], []);
}
