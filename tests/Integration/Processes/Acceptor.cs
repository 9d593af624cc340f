using System.Net;
using System.Net.Sockets;

namespace Mesh.Integration.Processes;

/// <summary>A free port whose connections are served as a test has it, each on its own, until it is disposed of. Any thread.</summary>
internal sealed class Acceptor : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _end = new();
    private readonly Task _accepting;

    /// <param name="serve">Has the connection until it ends, with the token at the latest; what a broken connection throws it may let through.</param>
    public Acceptor(Func<TcpClient, CancellationToken, Task> serve)
    {
        _listener.Start();
        _accepting = AcceptAsync(serve);
    }

    /// <summary>HOST:PORT.</summary>
    public string Address => _listener.LocalEndpoint.ToString()!;

    public async ValueTask DisposeAsync()
    {
        await _end.CancelAsync();
        _listener.Stop();
        await _accepting;
        _listener.Dispose();
        _end.Dispose();
    }

    private async Task AcceptAsync(Func<TcpClient, CancellationToken, Task> serve)
    {
        List<Task> served = [];
        try
        {
            while (true)
            {
                served.Add(ServeAsync(await _listener.AcceptTcpClientAsync(_end.Token), serve));
            }
        }
        catch (Exception ended) when (ended is OperationCanceledException or SocketException)
        {
            await Task.WhenAll(served);
        }
    }

    private async Task ServeAsync(TcpClient caller, Func<TcpClient, CancellationToken, Task> serve)
    {
        using (caller)
        {
            try
            {
                await serve(caller, _end.Token);
            }
            catch (Exception ended) when (ended is OperationCanceledException or IOException or SocketException)
            {
                // One of the two ends is gone.
            }
        }
    }
}
