using System.Net;
using System.Net.Sockets;
using System.Threading.Channels;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Microsoft.Extensions.Logging.Abstractions;

namespace Mesh.Sidecar.Http1;

/// <summary>
/// Where Kestrel gets its connections: from our listeners, which found that they do not speak HTTP/2. Counts those there
/// are. Any thread.
/// </summary>
internal sealed class HandOff : IConnectionListenerFactory, IConnectionListenerFactorySelector, IConnectionListener
{
    /// <summary>Connections that Kestrel has not taken yet; more than come in while it starts.</summary>
    private const int MostWaiting = 1024;

    private readonly Channel<(Socket Socket, Http1Entry Entry)> _waiting =
        Channel.CreateBounded<(Socket, Http1Entry)>(new BoundedChannelOptions(MostWaiting));

    private readonly SocketConnectionContextFactory _contexts = new(
        new SocketConnectionFactoryOptions { IOQueueCount = 1 }, NullLogger.Instance);

    private int _connections;

    public EndPoint EndPoint { get; } = new HandOffEndPoint();

    /// <summary>Given and not closed yet.</summary>
    public int Connections => Volatile.Read(ref _connections);

    /// <summary>Gives a connection to Kestrel; one for which there is no room, or that comes too late, is closed.</summary>
    public void Give(Socket socket, Http1Entry entry)
    {
        Interlocked.Increment(ref _connections);
        if (!_waiting.Writer.TryWrite((socket, entry)))
        {
            Lose(socket);
        }
    }

    /// <summary>Takes no more.</summary>
    public void Close() => _waiting.Writer.TryComplete();

    /// <summary>Closes what waits, since nobody will come for it.</summary>
    public void DropWaiting()
    {
        while (_waiting.Reader.TryRead(out var waiting))
        {
            Lose(waiting.Socket);
        }
    }

    /// <summary>Counts a connection down once Kestrel is done with it.</summary>
    public ConnectionDelegate Count(ConnectionDelegate serve) => async connection =>
    {
        try
        {
            await serve(connection).ConfigureAwait(false);
        }
        finally
        {
            Interlocked.Decrement(ref _connections);
        }
    };

    public bool CanBind(EndPoint endpoint) => endpoint is HandOffEndPoint;

    public ValueTask<IConnectionListener> BindAsync(EndPoint endpoint, CancellationToken cancellationToken = default) =>
        ValueTask.FromResult<IConnectionListener>(this);

    public async ValueTask<ConnectionContext?> AcceptAsync(CancellationToken cancellationToken = default)
    {
        while (await _waiting.Reader.WaitToReadAsync(cancellationToken).ConfigureAwait(false))
        {
            if (!_waiting.Reader.TryRead(out var waiting))
            {
                continue;
            }

            try
            {
                var context = _contexts.Create(waiting.Socket);
                context.Features.Set(waiting.Entry);
                return context;
            }
            catch (Exception e) when (e is SocketException or ObjectDisposedException)
            {
                Lose(waiting.Socket); // gone already
            }
        }

        return null;
    }

    public ValueTask UnbindAsync(CancellationToken cancellationToken = default)
    {
        Close();
        return ValueTask.CompletedTask;
    }

    public ValueTask DisposeAsync()
    {
        Close();
        DropWaiting();
        _contexts.Dispose();
        return ValueTask.CompletedTask;
    }

    private void Lose(Socket socket)
    {
        socket.Dispose();
        Interlocked.Decrement(ref _connections);
    }

    private sealed class HandOffEndPoint : EndPoint
    {
        public override string ToString() => "hand-off";
    }
}
