namespace Mesh.Sidecar.Flow.GrpcWeb;

/// <summary>How a body of gRPC-Web is written.</summary>
internal enum GrpcWebForm : byte
{
    /// <summary>It is none of gRPC-Web.</summary>
    None,

    /// <summary>As gRPC's, with the trailers in a last frame.</summary>
    Binary,

    /// <summary>The same in base64, for browsers that give scripts no bytes.</summary>
    Text,
}
