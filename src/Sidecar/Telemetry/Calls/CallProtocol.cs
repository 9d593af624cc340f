
namespace Mesh.Sidecar.Telemetry.Calls;

/// <summary>What a call speaks, as far as telemetry tells calls apart.</summary>
internal enum CallProtocol
{
    Grpc,

    /// <summary>HTTP/2 that is not gRPC.</summary>
    Http2,

    /// <summary>HTTP/1.1 or 1.0.</summary>
    Http1,
}
