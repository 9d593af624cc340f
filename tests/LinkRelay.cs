using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;

namespace Mesh.Tests;

/// <summary>
/// A way to a server that can be cut: what passes on it is lost from then on, without an end or an error that either side could see, as
/// where a cable is drawn.
/// </summary>
internal sealed class LinkRelay : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _end = new();
    private readonly int _target;
    private readonly Task _accepting;
    private readonly ConcurrentDictionary<TcpClient, int> _callers = [];
    private volatile Func<int, bool> _losesQuestions = static _ => false;
    private volatile Func<int, bool> _losesAnswers = static _ => false;

    /// <summary>A way to a port of the loopback interface.</summary>
    public LinkRelay(int target)
    {
        _target = target;
        _listener.Start();
        _accepting = AcceptAsync();
    }

    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    public Uri Url => new($"http://{_listener.LocalEndpoint}");

    /// <summary>What is asked arrives; no answer passes from now on.</summary>
    public void Deafen() => _losesAnswers = static _ => true;

    /// <summary>Nothing passes from now on, either way.</summary>
    /// <param name="caller">Whose way is cut, by the port that it calls from; all are without it.</param>
    public void Cut(Func<int, bool>? caller = null) => _losesQuestions = _losesAnswers = caller ?? (static _ => true);

    /// <summary>New connections pass everything; those there are are ended.</summary>
    public void Mend()
    {
        _losesQuestions = _losesAnswers = static _ => false;
        foreach (var caller in _callers.Keys)
        {
            caller.Dispose();
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _end.CancelAsync();
        _listener.Stop();
        await _accepting;
        _end.Dispose();
    }

    private async Task AcceptAsync()
    {
        var served = new List<Task>();
        try
        {
            while (true)
            {
                served.Add(ServeAsync(await _listener.AcceptTcpClientAsync(_end.Token)));
                served.RemoveAll(task => task.IsCompletedSuccessfully);
            }
        }
        catch (Exception over) when (over is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            await Task.WhenAll(served);
        }
    }

    private async Task ServeAsync(TcpClient caller)
    {
        var port = ((IPEndPoint)caller.Client.RemoteEndPoint!).Port;
        _callers.TryAdd(caller, port);
        using (caller)
        using (var server = new TcpClient { NoDelay = true })
        {
            caller.NoDelay = true;
            try
            {
                await server.ConnectAsync(IPAddress.Loopback, _target, _end.Token);
                await Task.WhenAny(
                    PassAsync(caller, server, () => _losesQuestions(port)), PassAsync(server, caller, () => _losesAnswers(port)));
            }
            catch (Exception over) when (over is OperationCanceledException or SocketException or IOException or ObjectDisposedException or InvalidOperationException)
            {
                // One of them is gone.
            }
            finally
            {
                _callers.TryRemove(caller, out _);
            }
        }
    }

    private async Task PassAsync(TcpClient from, TcpClient to, Func<bool> isLost)
    {
        var buffer = new byte[64 * 1024];
        while (await from.GetStream().ReadAsync(buffer, _end.Token) is > 0 and var read)
        {
            if (!isLost())
            {
                await to.GetStream().WriteAsync(buffer.AsMemory(0, read), _end.Token);
            }
        }
    }
}
