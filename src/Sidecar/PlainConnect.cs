using System.Net.Sockets;

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
