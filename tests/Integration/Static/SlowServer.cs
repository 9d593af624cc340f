using System.Net;
using System.Net.Sockets;
using Mesh.Integration.Processes;

namespace Mesh.Integration.Static;

/// <summary>Takes connections and says nothing for a while, or ever; then leads to a real server.</summary>
internal sealed class SlowServer : IAsyncDisposable
{
    private readonly Acceptor _acceptor;
    private readonly IPEndPoint? _target;
    private readonly TimeSpan _silence;
    private int _silentConnections;

    /// <param name="target">HOST:PORT; null for one that stays silent.</param>
    /// <param name="silence">Before the first byte goes either way.</param>
    /// <param name="silentConnections">So many of the first say nothing at all.</param>
    public SlowServer(string? target, TimeSpan silence, int silentConnections = 0)
    {
        _silentConnections = silentConnections;
        _target = target is null ? null : IPEndPoint.Parse(target);
        _silence = silence;
        _acceptor = new Acceptor(ServeAsync);
    }

    public string Address => _acceptor.Address;

    public ValueTask DisposeAsync() => _acceptor.DisposeAsync();

    private async Task ServeAsync(TcpClient caller, CancellationToken end)
    {
        var isSilent = _target is null || Interlocked.Decrement(ref _silentConnections) >= 0;
        await Task.Delay(isSilent ? Timeout.InfiniteTimeSpan : _silence, end);
        using var server = new TcpClient();
        await server.ConnectAsync(_target!, end);
        await Task.WhenAny(caller.GetStream().CopyToAsync(server.GetStream(), end), server.GetStream().CopyToAsync(caller.GetStream(), end));
    }
}
