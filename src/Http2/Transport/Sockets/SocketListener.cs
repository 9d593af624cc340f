using System.Net;
using System.Net.Sockets;

namespace Mesh.Http2.Transport.Sockets;

/// <summary>Accepts connections for <see cref="SocketLoop"/>s, in turn.</summary>
internal sealed class SocketListener : Listener, IDisposable
{
    private readonly SocketLoop _loop;
    private readonly Socket _socket;
    private readonly IReadOnlyList<EventLoop> _spread;
    private readonly Func<Channel, IChannelHandler?> _accept;
    private int _next;
    private volatile bool _closed;

    public SocketListener(SocketLoop loop, IPEndPoint local, IReadOnlyList<EventLoop> spread, Func<Channel, IChannelHandler?> accept)
    {
        _loop = loop;
        _spread = spread;
        _accept = accept;
        _socket = new Socket(local.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        _socket.Bind(local);
        _socket.Listen(4096);
        Local = (IPEndPoint)_socket.LocalEndPoint!;
        loop.Post(() => loop.Track(this));
        _ = AcceptAsync();
    }

    public override IPEndPoint Local { get; }

    public override void Close()
    {
        if (!_closed)
        {
            _closed = true;
            _loop.Forget(this);
            _socket.Dispose();
        }
    }

    public void Dispose() => Close();

    private async Task AcceptAsync()
    {
        while (!_closed)
        {
            try
            {
                var accepted = await _socket.AcceptAsync().ConfigureAwait(false);
                var loop = (SocketLoop)_spread[_next];
                _next = (_next + 1) % _spread.Count;
                loop.Post(() => SocketChannel.Adopt(loop, accepted, _accept));
            }
            catch (ObjectDisposedException)
            {
                return;
            }
            catch (SocketException)
            {
                // Out of descriptors, or one that is gone already: the next accept waits in the kernel's queue.
                await Task.Delay(100).ConfigureAwait(false);
            }
        }
    }
}
