using System.Net;
using System.Net.Sockets;
using System.Threading.Channels;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;

namespace Mesh.Sidecar.Http1;

/// <summary>
/// Where Kestrel gets its connections: from our listeners, which found that they do not speak HTTP/2. Any thread.
/// </summary>
internal sealed class HandOff : IConnectionListenerFactory, IConnectionListenerFactorySelector, IConnectionListener
{
    private readonly Channel<(Socket Socket, HandOffFeature Feature)> _waiting =
        Channel.CreateBounded<(Socket, HandOffFeature)>(new BoundedChannelOptions(1024) { SingleReader = true });

    private readonly SocketConnectionContextFactory _contexts = new(
        new SocketConnectionFactoryOptions(), Microsoft.Extensions.Logging.Abstractions.NullLogger.Instance);

    public EndPoint EndPoint { get; } = new HandOffEndPoint();

    /// <summary>Gives a connection to Kestrel; one for which there is no room is closed.</summary>
    public void Give(Socket socket, HandOffFeature feature)
    {
        if (!_waiting.Writer.TryWrite((socket, feature)))
        {
            socket.Dispose();
        }
    }

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
                context.Features.Set(waiting.Feature);
                return context;
            }
            catch (SocketException)
            {
                waiting.Socket.Dispose(); // gone already
            }
        }

        return null;
    }

    public ValueTask UnbindAsync(CancellationToken cancellationToken = default)
    {
        _waiting.Writer.TryComplete();
        return ValueTask.CompletedTask;
    }

    public ValueTask DisposeAsync()
    {
        _waiting.Writer.TryComplete();
        _contexts.Dispose();
        return ValueTask.CompletedTask;
    }

    private sealed class HandOffEndPoint : EndPoint
    {
        public override string ToString() => "hand-off";
    }
}
