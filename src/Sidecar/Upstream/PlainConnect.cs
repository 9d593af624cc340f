using System.Net;
using System.Net.Sockets;

namespace Mesh.Sidecar.Upstream;

/// <summary>
/// Makes the connections of HTTP clients. A gRPC client
/// with a callback of its own for it makes a connection with the next call: left to itself it never tries again after an
/// attempt for which there was no descriptor. Any thread.
/// </summary>
internal static class PlainConnect
{
    /// <exception cref="SocketException">There is none to be had.</exception>
    public static async ValueTask<Stream> OpenAsync(SocketsHttpConnectionContext context, CancellationToken cancellation) =>
        new NetworkStream(await ConnectAsync(context.DnsEndPoint, cancellation), ownsSocket: true);

    /// <summary>For clients that only ever call one endpoint.</summary>
    public static Func<SocketsHttpConnectionContext, CancellationToken, ValueTask<Stream>> To(Endpoint endpoint) =>
        async (_, cancellation) => new NetworkStream(await EndpointDialer.ConnectAsync(endpoint, cancellation), ownsSocket: true);

    private static async Task<Socket> ConnectAsync(DnsEndPoint place, CancellationToken cancellation)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(place, cancellation);
            return socket;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }
}
