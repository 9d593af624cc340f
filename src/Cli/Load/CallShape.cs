namespace Mesh.Cli.Load;

/// <summary>The four shapes of a gRPC call, and what is none.</summary>
internal enum CallShape
{
    Unary,
    ServerStream,
    ClientStream,
    BidiStream,

    /// <summary>A request of HTTP/1.1 and its answer.</summary>
    Http1,
}
