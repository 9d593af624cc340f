using System.Net;
using System.Net.Sockets;

namespace Mesh.ControlPlane.Tests.Store.Etcd;

/// <summary>
/// A way to a member that can lose answers: what is asked arrives there, and what comes back does not, for as long as it is told
/// so. 
/// </summary>
internal sealed class DeafRelay : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _end = new();
    private readonly Uri _target;
    private readonly Task _accepting;
    private readonly System.Collections.Concurrent.ConcurrentBag<TcpClient> _callers = [];
    private volatile bool _isDeaf;

    public DeafRelay(Uri target)
    {
        _target = target;
        _listener.Start();
        _accepting = AcceptAsync();
    }

    public Uri Url => new($"{_target.Scheme}://{_listener.LocalEndpoint}");

    /// <summary>No answer passes from now on.</summary>
    public void Deafen() => _isDeaf = true;

    /// <summary>New connections pass everything; those there are are ended.</summary>
    public void Hear()
    {
        while (_callers.TryTake(out var caller))
        {
            caller.Dispose();
        }

        _isDeaf = false;
    }

    public async ValueTask DisposeAsync()
    {
        await _end.CancelAsync();
        _listener.Stop();
        await _accepting;
    }

    private async Task AcceptAsync()
    {
        var served = new List<Task>();
        try
        {
            while (true)
            {
                served.Add(ServeAsync(await _listener.AcceptTcpClientAsync(_end.Token)));
            }
        }
        catch (Exception over) when (over is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            await Task.WhenAll(served);
        }
    }

    private async Task ServeAsync(TcpClient caller)
    {
        _callers.Add(caller);
        using (caller)
        using (var member = new TcpClient())
        {
            try
            {
                await member.ConnectAsync(_target.Host, _target.Port, _end.Token);
                await Task.WhenAny(PassAsync(caller, member, isAnswer: false), PassAsync(member, caller, isAnswer: true));
            }
            catch (Exception over) when (over is OperationCanceledException or SocketException or IOException or ObjectDisposedException or InvalidOperationException)
            {
                // One of them is gone.
            }
        }
    }

    private async Task PassAsync(TcpClient from, TcpClient to, bool isAnswer)
    {
        var buffer = new byte[64 * 1024];
        while (await from.GetStream().ReadAsync(buffer, _end.Token) is > 0 and var read)
        {
            if (!isAnswer || !_isDeaf)
            {
                await to.GetStream().WriteAsync(buffer.AsMemory(0, read), _end.Token);
            }
        }
    }
}
