using System.Net;
using System.Net.Sockets;

namespace Mesh.Sidecar.Upstream;

/// <summary>
/// Connects to an endpoint for those who do not run on a loop (health checks): at the addresses that calls are
/// made to, one after the other with a short lead (RFC 8305). Any thread.
/// </summary>
internal static class EndpointDialer
{
    /// <summary>RFC 8305 section 5: the Connection Attempt Delay it recommends.</summary>
    private static readonly TimeSpan Lead = TimeSpan.FromMilliseconds(250);

    private static readonly TimeSpan LookAgain = TimeSpan.FromMilliseconds(20);

    /// <summary>Waits for the first look-up of a name, if that is under way.</summary>
    /// <exception cref="SocketException">The name does not resolve, or no address takes a connection.</exception>
    public static async ValueTask<Socket> ConnectAsync(Endpoint endpoint, CancellationToken cancellation)
    {
        while (endpoint.Addresses.Count == 0)
        {
            if (endpoint.LookUpFailure is { } why)
            {
                throw new SocketException((int)SocketError.HostNotFound, why);
            }

            await Task.Delay(LookAgain, cancellation);
        }

        try
        {
            var target = endpoint.Target;
            return await FirstAsync([.. endpoint.Addresses.OrderByDescending(address => address.Equals(target))], endpoint, cancellation);
        }
        catch (SocketException)
        {
            endpoint.WhenUnreachable?.Invoke();
            throw;
        }
    }

    private static async Task<Socket> FirstAsync(EndPoint[] addresses, Endpoint endpoint, CancellationToken cancellation)
    {
        using var end = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        var attempts = new List<Task<Socket>>();
        try
        {
            for (var next = 0; ;)
            {
                if (next < addresses.Length)
                {
                    attempts.Add(ConnectAsync(addresses[next++], end.Token));
                }

                var turn = Task.Delay(next < addresses.Length ? Lead : Timeout.InfiniteTimeSpan, end.Token);
                var first = await Task.WhenAny([.. attempts, turn]);
                if (first == turn)
                {
                    await turn;
                    continue;
                }

                var attempt = (Task<Socket>)first;
                attempts.Remove(attempt);
                if (attempt.IsCompletedSuccessfully || (attempts.Count == 0 && next == addresses.Length))
                {
                    var socket = await attempt;
                    endpoint.Prove(socket.RemoteEndPoint!);
                    return socket;
                }
            }
        }
        finally
        {
            await end.CancelAsync();
            foreach (var attempt in attempts)
            {
                _ = CloseAsync(attempt);
            }
        }
    }

    private static async Task CloseAsync(Task<Socket> late)
    {
        try
        {
            (await late).Dispose();
        }
        catch (Exception e) when (e is SocketException or OperationCanceledException)
        {
            // It has come to nothing.
        }
    }

    private static async Task<Socket> ConnectAsync(EndPoint address, CancellationToken cancellation)
    {
        var local = address as UnixDomainSocketEndPoint;
        var socket = local is null
            ? new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true }
            : new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            await socket.ConnectAsync(address, cancellation);
            return socket;
        }
        catch (SocketException failure) when (local is not null && failure.SocketErrorCode != SocketError.TooManyOpenSockets)
        {
            socket.Dispose();
            throw new SocketException((int)SocketError.SocketError, UnixSocket.WhyNotReached(local)); // what the system says is about TCP
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }
}
