using System.Buffers;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;

namespace Mesh.ControlPlane.Listening;

/// <summary>Accepts while there is room; where the system has none left, it lets connections wait in the kernel's queue for a moment.</summary>
internal sealed class BoundedListener : IConnectionListener
{
    // As many as Linux keeps by default: who finds it full is not told, and asks again after one, three and seven seconds.
    private const int Backlog = 4096;

    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(100);

    private readonly ConnectionPlaces _places;
    private readonly MemoryPool<byte> _pool;
    private readonly TimeProvider _time;
    private readonly Socket _socket;
    private readonly CancellationTokenSource _unbound = new();
    private long _accepted;

    public BoundedListener(BoundedEndPoint address, MemoryPool<byte> pool, TimeProvider time)
    {
        _places = address.Places;
        _pool = pool;
        _time = time;
        // [::] takes IPv4 as well.
        _socket = SocketTransportOptions.CreateDefaultBoundListenSocket(new IPEndPoint(address.Address, address.Port));
        _socket.Listen(Backlog);
    }

    public EndPoint EndPoint => _socket.LocalEndPoint!;

    public async ValueTask<ConnectionContext?> AcceptAsync(CancellationToken cancellationToken = default)
    {
        using var end = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, _unbound.Token);
        while (true)
        {
            try
            {
                await _places.WaitAsync(end.Token);
                var accepted = await _socket.AcceptAsync(end.Token);
                accepted.NoDelay = true;
                var connection = new PooledConnection((++_accepted).ToString(CultureInfo.InvariantCulture), accepted, _pool);
                // Here, not when the server gets round to it: a burst would all have been accepted by then.
                connection.Features.Set(_places.Enter(accepted, () => connection.Abort(new ConnectionAbortedException("its place is needed"))));
                return connection;
            }
            catch (Exception ended) when (ended is ObjectDisposedException or OperationCanceledException or SocketException { SocketErrorCode: SocketError.OperationAborted })
            {
                return null;
            }
            catch (SocketException full) when (full.SocketErrorCode is SocketError.TooManyOpenSockets or SocketError.NoBufferSpaceAvailable)
            {
                _places.OnRefused(full.Message);
                await Task.Delay(Pause, _time, end.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
            catch (SocketException)
            {
                // One that is gone already.
            }
        }
    }

    public async ValueTask UnbindAsync(CancellationToken cancellationToken = default)
    {
        await _unbound.CancelAsync();
        _socket.Dispose();
    }

    public ValueTask DisposeAsync()
    {
        _socket.Dispose();
        _pool.Dispose();
        _unbound.Dispose();
        return ValueTask.CompletedTask;
    }
}
