namespace Mesh.Sidecar.Flow.GrpcWeb;

/// <summary>What a request is to CORS.</summary>
internal enum CorsRequest : byte
{
    /// <summary>No page of another origin sends it, or none that may: nothing is said. A browser then keeps the answer from the page.</summary>
    Ordinary,

    /// <summary>A browser asks whether a page may call; it is answered here and not passed on.</summary>
    Preflight,

    /// <summary>A page that may calls: the answer says so.</summary>
    Call,

    /// <summary>A browser asks for a page that may not: it is answered here, with a refusal.</summary>
    Refused,
}
