using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;

namespace Mesh.Wire.Transport.Sockets;

/// <summary>
/// The event loop wherever epoll is not: .NET's sockets say through their completions that one is readable or writable,
/// and the loop's thread then reads and writes without waiting. Slower than <see cref="Epoll.EpollLoop"/> by the hop
/// between the threads.
/// </summary>
internal sealed class SocketLoop(TimeProvider time, string name) : EventLoop(time, name)
{
    private readonly AutoResetEvent _signal = new(false);
    private readonly ConcurrentQueue<Action> _ready = new();
    private readonly HashSet<IDisposable> _open = [];

    public override Channel Connect(EndPoint remote, IChannelHandler handler)
    {
        Socket socket;
        try
        {
            socket = new Socket(remote.AddressFamily, SocketType.Stream, remote is IPEndPoint ? ProtocolType.Tcp : ProtocolType.Unspecified);
        }
        catch (SocketException failure)
        {
            return UnopenedChannel.Of(this, remote, handler, failure.SocketErrorCode);
        }

        var channel = new SocketChannel(this, socket, remote) { Handler = handler };
        channel.BeginConnect();
        return channel;
    }

    public override Listener Listen(
        IPEndPoint local,
        IReadOnlyList<EventLoop> spread,
        Func<Channel, IChannelHandler?> accept,
        bool usesReserve = false) =>
        new SocketListener(this, local, spread, accept, usesReserve);

    /// <summary>A completion: what is to be done about it, on the loop. Any thread may call it.</summary>
    public void Ready(Action work)
    {
        _ready.Enqueue(work);
        _signal.Set();
    }

    public void Track(IDisposable resource) => _open.Add(resource);

    public void Forget(IDisposable resource) => _open.Remove(resource);

    public void Fail(Exception exception, Channel? channel) => OnFault(exception, channel);

    private protected override void Poll(int timeoutMilliseconds)
    {
        if (_ready.IsEmpty)
        {
            _signal.WaitOne(timeoutMilliseconds);
        }

        // As many as there are now: what completes meanwhile belongs to the next turn.
        var ready = _ready.Count;
        OnAwake();
        for (var i = ready; i > 0 && _ready.TryDequeue(out var work); i--)
        {
            try
            {
                work();
            }
            catch (Exception e)
            {
                OnFault(e, null);
            }
        }
    }

    private protected override void Wake() => _signal.Set();

    private protected override void CloseAll()
    {
        foreach (var resource in _open.ToArray())
        {
            resource.Dispose();
        }
    }
}
