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
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _end = new();
    private readonly ConcurrentBag<Pair> _pairs = [];
    private readonly IPEndPoint _target;
    private readonly Task _accepting;

    /// <param name="target">HOST:PORT.</param>
    public SilentRelay(string target)
    {
        _target = IPEndPoint.Parse(target);
        _listener.Start();
        _accepting = AcceptAsync();
    }

    public string Address => _listener.LocalEndpoint.ToString()!;

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
                var pair = new Pair(await _listener.AcceptTcpClientAsync(_end.Token));
                _pairs.Add(pair);
                served.Add(pair.RunAsync(_target, _end.Token));
            }
        }
        catch (Exception ended) when (ended is OperationCanceledException or SocketException)
        {
            await Task.WhenAll(served);
        }
    }

    private sealed class Pair(TcpClient caller)
    {
        public volatile bool IsSilent;

        public Socket Caller => caller.Client;

        public async Task RunAsync(IPEndPoint target, CancellationToken end)
        {
            using (caller)
            using (var server = new TcpClient())
            {
                try
                {
                    await server.ConnectAsync(target, end);
                    await Task.WhenAny(PassAsync(caller, server, end), PassAsync(server, caller, end));
                    if (IsSilent)
                    {
                        await Task.Delay(Timeout.InfiniteTimeSpan, end); // nor does it pass on that one of them has closed
                    }
                }
                catch (Exception ended) when (ended is OperationCanceledException or IOException or SocketException)
                {
                    // It or its caller is gone.
                }
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
