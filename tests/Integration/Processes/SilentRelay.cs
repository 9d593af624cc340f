using System.Net;
using System.Net.Sockets;

namespace Mesh.Integration.Processes;

/// <summary>
/// Passes connections on to somebody, until the way goes silent: then nothing more comes through those there are, and nothing
/// says so, as when a firewall drops their packets. Those to come go through. Any thread.
/// </summary>
internal sealed class SilentRelay : IDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _end = new();
    private readonly IPEndPoint _to;
    private readonly List<Socket> _sockets = [];
    private int _generation;

    /// <param name="address">HOST:PORT of whom they are passed on to.</param>
    public SilentRelay(string address)
    {
        _to = IPEndPoint.Parse(address);
        _listener.Start();
        _ = AcceptAsync();
    }

    /// <summary>HOST:PORT.</summary>
    public string Address => _listener.LocalEndpoint.ToString()!;

    /// <summary>Nothing more comes through the connections there are.</summary>
    public void Silence() => Interlocked.Increment(ref _generation);

    public void Dispose()
    {
        _end.Cancel();
        _listener.Stop();
        lock (_sockets)
        {
            _sockets.ForEach(socket => socket.Dispose());
        }

        _end.Dispose();
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                var from = Keep(await _listener.AcceptSocketAsync(_end.Token));
                var to = Keep(new Socket(SocketType.Stream, ProtocolType.Tcp));
                await to.ConnectAsync(_to, _end.Token);
                var generation = Volatile.Read(ref _generation);
                _ = PassAsync(from, to, generation);
                _ = PassAsync(to, from, generation);
            }
        }
        catch (Exception e) when (e is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            // It has ended, or whom it passes on to has.
        }
    }

    private async Task PassAsync(Socket from, Socket to, int generation)
    {
        var buffer = new byte[64 * 1024];
        try
        {
            while (await from.ReceiveAsync(buffer, _end.Token) is > 0 and var length)
            {
                if (generation == Volatile.Read(ref _generation))
                {
                    await to.SendAsync(buffer.AsMemory(0, length), _end.Token);
                }
            }

            if (generation == Volatile.Read(ref _generation))
            {
                to.Shutdown(SocketShutdown.Send);
            }
        }
        catch (Exception e) when (e is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            // One of the two is gone.
        }
    }

    private Socket Keep(Socket socket)
    {
        lock (_sockets)
        {
            _sockets.Add(socket);
        }

        return socket;
    }
}
