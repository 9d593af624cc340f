using System.Buffers;
using System.IO.Pipelines;
using System.Net.Sockets;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Http.Features;

namespace Mesh.ControlPlane.Listening;

/// <summary>
/// What the server knows of an accepted socket, with every buffer from one pool that keeps what it has. The server's own takes them
/// from the arrays that all share, of which few are kept: each heartbeat of thousands of connections then leaves some behind for
/// the collector. Belongs to the server once made; <see cref="Abort"/> may be called by any thread.
/// </summary>
internal sealed class PooledConnection : ConnectionContext, IMemoryPoolFeature, IConnectionItemsFeature
{
    private readonly SocketPipes _pipes;
    private readonly CancellationTokenSource _closed = new();
    private readonly Task _received;
    private readonly Task _sent;
    private IDictionary<object, object?>? _items;

    /// <param name="id">Tells it from the listener's others.</param>
    /// <param name="socket">Connected; ends with this.</param>
    /// <param name="pool">For all that is read and written.</param>
    public PooledConnection(string id, Socket socket, MemoryPool<byte> pool)
    {
        ConnectionId = id;
        MemoryPool = pool;
        LocalEndPoint = socket.LocalEndPoint;
        RemoteEndPoint = socket.RemoteEndPoint;
        ConnectionClosed = _closed.Token;
        Features.Set<IMemoryPoolFeature>(this);
        Features.Set<IConnectionItemsFeature>(this);
        _pipes = new SocketPipes(socket, pool);
        Transport = _pipes;
        _received = ReceiveAsync();
        _sent = _pipes.SendAsync();
    }

    public override string ConnectionId { get; set; }

    public override IFeatureCollection Features { get; } = new FeatureCollection();

    public override IDictionary<object, object?> Items
    {
        get => _items ??= new Dictionary<object, object?>();
        set => _items = value;
    }

    public override IDuplexPipe Transport { get; set; }

    public MemoryPool<byte> MemoryPool { get; }

    public override void Abort(ConnectionAbortedException abortReason) => _pipes.End(abortReason);

    public override async ValueTask DisposeAsync()
    {
        await Transport.Input.CompleteAsync();
        await Transport.Output.CompleteAsync();
        await _received;
        await _sent;
        await base.DisposeAsync();
    }

    private async Task ReceiveAsync()
    {
        await _pipes.ReceiveAsync();
        // Whoever waits for it may do anything; and it is not disposed, as one who aborts may come late.
        ThreadPool.UnsafeQueueUserWorkItem(static closed => closed.Cancel(), _closed, preferLocal: false);
    }
}
