using System.Net;
using System.Net.Sockets;
using Mesh.Sidecar.Upstream;

namespace Mesh.Sidecar;

/// <summary>
/// Makes the connections of HTTP clients, each in the time that its first request allows, if that says so. A gRPC client
/// with a callback of its own for it makes a connection with the next call: left to itself it never tries again after an
/// attempt for which there was no descriptor. Any thread.
/// </summary>
internal static class PlainConnect
{
    /// <summary>Given with the request.</summary>
    public static readonly HttpRequestOptionsKey<TimeSpan> Limit = new("mesh.connect");

    /// <summary>Given with a request to an endpoint of the mesh: it is where the host in the URL is, if that is a name.</summary>
    public static readonly HttpRequestOptionsKey<Endpoint> Place = new("mesh.endpoint");

    /// <exception cref="SocketException">There is none to be had; TimedOut if not in time.</exception>
    public static async ValueTask<Stream> OpenAsync(SocketsHttpConnectionContext context, CancellationToken cancellation)
    {
        var options = context.InitialRequestMessage.Options;
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        if (options.TryGetValue(Limit, out var time))
        {
            limit.CancelAfter(time);
        }

        try
        {
            var socket = options.TryGetValue(Place, out var endpoint)
                ? await EndpointDialer.ConnectAsync(endpoint, limit.Token).ConfigureAwait(false)
                : await ConnectAsync(context.DnsEndPoint, limit.Token).ConfigureAwait(false);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            throw new SocketException((int)SocketError.TimedOut);
        }
    }

    /// <summary>For clients that only ever call one endpoint.</summary>
    public static Func<SocketsHttpConnectionContext, CancellationToken, ValueTask<Stream>> To(Endpoint endpoint) =>
        async (_, cancellation) => new NetworkStream(await EndpointDialer.ConnectAsync(endpoint, cancellation).ConfigureAwait(false), ownsSocket: true);

    private static async Task<Socket> ConnectAsync(DnsEndPoint place, CancellationToken cancellation)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(place, cancellation).ConfigureAwait(false);
            return socket;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }
}
