using System.Net;
using System.Net.Sockets;

namespace Mesh.Http2.Transport.Sockets;

/// <summary>Accepts connections for <see cref="SocketLoop"/>s, in turn.</summary>
internal sealed class SocketListener : Listener, IDisposable
{
    private static readonly TimeSpan RetryTime = TimeSpan.FromMilliseconds(100);

    private readonly SocketLoop _loop;
    private readonly Socket _socket;
    private readonly IReadOnlyList<EventLoop> _spread;
    private readonly Func<Channel, IChannelHandler?> _accept;
    private readonly Action<Socket>? _other;
    private int _next;
    private volatile bool _closed;

    public SocketListener(
        SocketLoop loop,
        IPEndPoint local,
        IReadOnlyList<EventLoop> spread,
        Func<Channel, IChannelHandler?> accept,
        Action<Socket>? other)
    {
        _other = other;
        _loop = loop;
        _spread = spread;
        _accept = accept;
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

    /// <summary>Peeks at the first bytes: whoever takes the connection reads them again.</summary>
    private async Task SniffAsync(Socket accepted, SocketLoop loop, Action<Socket> other)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(10));
        var first = new byte[Preface.Longest];
        try
        {
            bool? isHttp2 = null;
            var seen = 0;
            while (isHttp2 is null)
            {
                var read = await accepted.ReceiveAsync(first, SocketFlags.Peek, patience.Token).ConfigureAwait(false);
                if (read == 0)
                {
                    accepted.Dispose();
                    return;
                }

                isHttp2 = Preface.IsHttp2(first.AsSpan(0, read));
                if (isHttp2 is null && read == seen)
                {
                    // Still the same bytes: peeking does not wait for more of them.
                    await Task.Delay(1, patience.Token).ConfigureAwait(false);
                }

                seen = read;
            }

            if (isHttp2.Value)
            {
                loop.Post(() => SocketChannel.Adopt(loop, accepted, _accept));
            }
            else
            {
                other(accepted);
            }
        }
        catch (Exception e) when (e is SocketException or OperationCanceledException)
        {
            accepted.Dispose();
        }
    }

    /// <summary>Short of descriptors or memory, it lets connections wait in the kernel's queue.</summary>
    private async Task WaitAsync(AcceptPause reason)
    {
        do
        {
            SetPause(reason);
            await Task.Delay(RetryTime).ConfigureAwait(false);
        }
        while (!_closed && (reason == AcceptPause.Descriptors ? !DescriptorReserve.Process.IsWhole((int)_socket.Handle) : IsSpent));
        SetPause(AcceptPause.None);
    }

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
                if (_other is null)
                {
                    loop.Post(() => SocketChannel.Adopt(loop, accepted, _accept));
                }
                else
                {
                    _ = SniffAsync(accepted, loop, _other);
                }

                if (DescriptorReserve.Process.Includes((int)accepted.Handle))
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
