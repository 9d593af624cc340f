using System.Net.Sockets;

namespace Mesh.Sidecar.Http1;

/// <summary>Makes connections to endpoints, each in the time that the route of the first request on it allows. Any thread.</summary>
internal static class UpstreamConnect
{
    /// <summary>Given with the request.</summary>
    public static readonly HttpRequestOptionsKey<TimeSpan> Limit = new("mesh.connect");

    /// <exception cref="SocketException">There is none to be had; TimedOut if not in time.</exception>
    public static async ValueTask<Stream> OpenAsync(SocketsHttpConnectionContext context, CancellationToken cancellation)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        if (context.InitialRequestMessage.Options.TryGetValue(Limit, out var time))
        {
            limit.CancelAfter(time);
        }

        try
        {
            await socket.ConnectAsync(context.DnsEndPoint, limit.Token).ConfigureAwait(false);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            socket.Dispose();
            throw new SocketException((int)SocketError.TimedOut);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }
}
