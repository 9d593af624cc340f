using System.Net;
using System.Net.Sockets;

namespace Mesh.Integration.Static;

/// <summary>Takes connections and says nothing for a while, or ever; then leads to a real server.</summary>
internal sealed class SlowServer : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _end = new();
    private readonly IPEndPoint? _target;
    private readonly TimeSpan _silence;
    private readonly Task _accepting;
    private int _silentConnections;

    /// <param name="target">HOST:PORT; null for one that stays silent.</param>
    /// <param name="silence">Before the first byte goes either way.</param>
    /// <param name="silentConnections">So many of the first say nothing at all.</param>
    public SlowServer(string? target, TimeSpan silence, int silentConnections = 0)
    {
        _silentConnections = silentConnections;
        _target = target is null ? null : IPEndPoint.Parse(target);
        _silence = silence;
        _listener.Start();
        _accepting = AcceptAsync();
    }

    public string Address => _listener.LocalEndpoint.ToString()!;

    public async ValueTask DisposeAsync()
    {
        await _end.CancelAsync();
        _listener.Stop();
        await _accepting;
        _listener.Dispose();
        _end.Dispose();
    }

    private async Task AcceptAsync()
    {
        List<Task> served = [];
        try
        {
            while (true)
            {
                var caller = await _listener.AcceptTcpClientAsync(_end.Token);
                served.Add(ServeAsync(caller, isSilent: _target is null || _silentConnections-- > 0));
            }
        }
        catch (Exception ended) when (ended is OperationCanceledException or SocketException)
        {
            await Task.WhenAll(served);
        }
    }

    private async Task ServeAsync(TcpClient caller, bool isSilent)
    {
        using (caller)
        using (var server = new TcpClient())
        {
            try
            {
                await Task.Delay(isSilent ? Timeout.InfiniteTimeSpan : _silence, _end.Token);
                await server.ConnectAsync(_target!, _end.Token);
                await Task.WhenAny(
                    caller.GetStream().CopyToAsync(server.GetStream(), _end.Token), server.GetStream().CopyToAsync(caller.GetStream(), _end.Token));
            }
            catch (Exception ended) when (ended is OperationCanceledException or IOException or SocketException)
            {
                // It or its caller is gone.
            }
        }
    }
}
