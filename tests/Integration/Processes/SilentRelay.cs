using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using Mesh.Tests;

namespace Mesh.Integration.Processes;

/// <summary>
/// A way to a server that can lose what is on it: from one moment on nothing is passed on over the connections that there are, in
/// either direction, and nobody is told. New ones work. Any thread.
/// </summary>
internal sealed class SilentRelay : IAsyncDisposable
{
    private readonly Acceptor _acceptor;
    private readonly ConcurrentBag<Pair> _pairs = [];
    private readonly IPEndPoint _target;

    /// <param name="target">HOST:PORT.</param>
    public SilentRelay(string target)
    {
        _target = IPEndPoint.Parse(target);
        _acceptor = new Acceptor(ServeAsync);
    }

    public string Address => _acceptor.Address;

    /// <summary>Connections there have been.</summary>
    public int Accepted => _pairs.Count;

    /// <summary>The connections that there are fall silent.</summary>
    /// <param name="packetsAreLost">What their callers send does not even arrive, where the system can do that.</param>
    public void Silence(bool packetsAreLost = false)
    {
        foreach (var pair in _pairs)
        {
            pair.IsSilent = true;
            if (packetsAreLost && LostPackets.IsPossible)
            {
                LostPackets.Begin(pair.Caller);
            }
        }
    }

    public ValueTask DisposeAsync() => _acceptor.DisposeAsync();

    private Task ServeAsync(TcpClient caller, CancellationToken end)
    {
        var pair = new Pair(caller);
        _pairs.Add(pair);
        return pair.RunAsync(_target, end);
    }

    private sealed class Pair(TcpClient caller)
    {
        public volatile bool IsSilent;

        public Socket Caller => caller.Client;

        public async Task RunAsync(IPEndPoint target, CancellationToken end)
        {
            using var server = new TcpClient();
            await server.ConnectAsync(target, end);
            await Task.WhenAny(PassAsync(caller, server, end), PassAsync(server, caller, end));
            if (IsSilent)
            {
                await Task.Delay(Timeout.InfiniteTimeSpan, end); // nor does it pass on that one of them has closed
            }
        }

        private async Task PassAsync(TcpClient from, TcpClient to, CancellationToken end)
        {
            var buffer = new byte[16 * 1024];
            while (await from.GetStream().ReadAsync(buffer, end) is > 0 and var read)
            {
                if (!IsSilent)
                {
                    await to.GetStream().WriteAsync(buffer.AsMemory(0, read), end);
                }
            }
        }
    }
}
