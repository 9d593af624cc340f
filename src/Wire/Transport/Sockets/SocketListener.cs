using System.Net;
using System.Net.Sockets;

namespace Mesh.Wire.Transport.Sockets;

/// <summary>Accepts connections for <see cref="SocketLoop"/>s, in turn.</summary>
internal sealed class SocketListener : Listener, IDisposable
{
    private static readonly TimeSpan RetryTime = TimeSpan.FromMilliseconds(100);

    private readonly SocketLoop _loop;
    private readonly Socket _socket;
    private readonly IReadOnlyList<EventLoop> _spread;
    private readonly Func<Channel, IChannelHandler?> _accept;
    private readonly bool _usesReserve;
    private int _next;
    private volatile bool _closed;

    public SocketListener(
        SocketLoop loop,
        IPEndPoint local,
        IReadOnlyList<EventLoop> spread,
        Func<Channel, IChannelHandler?> accept,
        bool usesReserve)
    {
        _loop = loop;
        _spread = spread;
        _accept = accept;
        _usesReserve = usesReserve;
        _socket = ListenSocket.Open(local);
        Local = (IPEndPoint)_socket.LocalEndPoint!;
        loop.Post(() => loop.Track(this));
        _ = AcceptAsync();
    }

    public override IPEndPoint Local { get; }

    private bool IsSpent => _loop.Segments.Memory.Look() == Buffers.MemoryPressure.Spent;

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

    /// <summary>Short of descriptors or memory, it lets connections wait in the kernel's queue.</summary>
    private async Task WaitAsync(AcceptPause reason)
    {
        do
        {
            SetPause(reason);
            await Task.Delay(RetryTime).ConfigureAwait(false);
        }
        while (!_closed && IsStillShort(reason));
        SetPause(AcceptPause.None);
    }

    /// <summary>One that uses the reserve finds out by trying.</summary>
    private bool IsStillShort(AcceptPause reason) => reason == AcceptPause.Descriptors
        ? !_usesReserve && !DescriptorReserve.Process.IsWhole((int)_socket.Handle)
        : IsSpent;

    private async Task AcceptAsync()
    {
        while (!_closed)
        {
            try
            {
                if (IsSpent)
                {
                    await WaitAsync(AcceptPause.Memory).ConfigureAwait(false);
                    continue;
                }

                var accepted = await _socket.AcceptAsync().ConfigureAwait(false);
                var loop = (SocketLoop)_spread[_next];
                _next = (_next + 1) % _spread.Count;
                loop.Post(() => SocketChannel.Adopt(loop, accepted, _accept));

                if (!_usesReserve && DescriptorReserve.Process.Includes((int)accepted.Handle))
                {
                    await WaitAsync(AcceptPause.Descriptors).ConfigureAwait(false);
                }
            }
            catch (ObjectDisposedException)
            {
                return;
            }
            catch (SocketException e) when (e.SocketErrorCode == SocketError.TooManyOpenSockets)
            {
                await WaitAsync(AcceptPause.Descriptors).ConfigureAwait(false);
            }
            catch (SocketException e) when (e.SocketErrorCode == SocketError.NoBufferSpaceAvailable)
            {
                await WaitAsync(AcceptPause.Memory).ConfigureAwait(false);
            }
            catch (SocketException)
            {
                await Task.Delay(RetryTime).ConfigureAwait(false); // one that is gone already, as a rule
            }
        }
    }
}
