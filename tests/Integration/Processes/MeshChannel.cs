using System.Net;
using System.Net.Sockets;
using Grpc.Net.Client;

namespace Mesh.Integration.Processes;

/// <summary>Channels as an application makes them that calls through its sidecar.</summary>
public static class MeshChannel
{
    /// <param name="address">HOST:PORT that is connected to: a sidecar's outbound port.</param>
    /// <param name="authority">The service's name.</param>
    public static GrpcChannel To(string address, string authority) => GrpcChannel.ForAddress($"http://{authority}", new GrpcChannelOptions
    {
        HttpHandler = Handler(address),
        DisposeHttpClient = true,
        MaxReceiveMessageSize = null,
        MaxSendMessageSize = null,
        // What is tested is the mesh's retrying, not the client's.
        MaxRetryAttempts = null,
        MaxRetryBufferSize = null,
    });

    /// <summary>Connects to <paramref name="address"/>, whatever the URL says.</summary>
    /// <param name="address">HOST:PORT.</param>
    /// <param name="from">The address it comes from; null is any.</param>
    public static SocketsHttpHandler Handler(string address, string? from = null)
    {
        var target = IPEndPoint.Parse(address);
        return new SocketsHttpHandler
        {
            EnableMultipleHttp2Connections = true,
            ConnectCallback = async (_, cancellation) =>
            {
                var socket = new Socket(target.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
                try
                {
                    if (from is not null)
                    {
                        socket.Bind(new IPEndPoint(IPAddress.Parse(from), 0));
                    }

                    await socket.ConnectAsync(target, cancellation);
                    return new NetworkStream(socket, ownsSocket: true);
                }
                catch
                {
                    socket.Dispose();
                    throw;
                }
            },
        };
    }
}
