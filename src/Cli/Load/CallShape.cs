namespace Mesh.Cli.Load;

/// <summary>The four shapes of a gRPC call.</summary>
internal enum CallShape
{
    Unary,
    ServerStream,
    ClientStream,
    BidiStream,
}
