using Grpc.Net.Client;

namespace Mesh.Cli;

/// <summary>Opens gRPC channels to programs of the mesh.</summary>
internal static class DirectChannel
{
    /// <summary>To an address, whatever a shell's proxy variables say: they are meant for other traffic.</summary>
    public static GrpcChannel To(Uri address) => GrpcChannel.ForAddress(address, new GrpcChannelOptions
    {
        HttpHandler = new SocketsHttpHandler { UseProxy = false, EnableMultipleHttp2Connections = true },
        DisposeHttpClient = true,
    });
}
