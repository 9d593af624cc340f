using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Microsoft.Extensions.Logging.Abstractions;

namespace Mesh.Sidecar.Admin;

/// <summary>
/// Where the admin server's connections come from. Kestrel's own listener tries again at once when it cannot accept, and so
/// takes a whole core for as long as there is no descriptor; this one lets connections wait in the kernel's queue. Made by
/// the admin server, called by Kestrel.
/// </summary>
/// <param name="connections">Learn of each.</param>
/// <param name="time">The clock.</param>
internal sealed class AdminListener(AdminConnections connections, TimeProvider time) : IConnectionListenerFactory, IConnectionListener
{
    private const int Backlog = 512;

    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(100);

    private readonly SocketConnectionContextFactory _contexts = new(
        new SocketConnectionFactoryOptions { IOQueueCount = 1 }, NullLogger.Instance);

    private Socket? _socket;

    public EndPoint EndPoint => _socket!.LocalEndPoint!;

    /// <exception cref="AddressInUseException">Kestrel tells it from others.</exception>
    public ValueTask<IConnectionListener> BindAsync(EndPoint endpoint, CancellationToken cancellationToken = default)
    {
        _socket = new Socket(endpoint.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            if (endpoint is IPEndPoint { Address: var address } && address.Equals(IPAddress.IPv6Any))
            {
                _socket.DualMode = true; // [::] is any address, as the other listeners have it
            }

            _socket.Bind(endpoint);
        }
        catch (SocketException e) when (e.SocketErrorCode == SocketError.AddressAlreadyInUse)
        {
            throw new AddressInUseException(e.Message, e);
        }

        _socket.Listen(Backlog);
        return ValueTask.FromResult<IConnectionListener>(this);
    }

    public async ValueTask<ConnectionContext?> AcceptAsync(CancellationToken cancellationToken = default)
    {
        while (true)
        {
            try
            {
                var accepted = await _socket!.AcceptAsync(cancellationToken).ConfigureAwait(false);
                accepted.NoDelay = true;
                var context = _contexts.Create(accepted);
                connections.Add(context);
                return context;
            }
            catch (ObjectDisposedException)
            {
                return null;
            }
            catch (SocketException e) when (e.SocketErrorCode == SocketError.OperationAborted)
            {
                return null;
            }
            catch (SocketException e) when (e.SocketErrorCode is SocketError.TooManyOpenSockets or SocketError.NoBufferSpaceAvailable)
            {
                await Task.Delay(Pause, time, cancellationToken).ConfigureAwait(false);
            }
            catch (SocketException)
            {
                // One that is gone already.
            }
        }
    }

    public ValueTask UnbindAsync(CancellationToken cancellationToken = default)
    {
        _socket?.Dispose();
        return ValueTask.CompletedTask;
    }

    public ValueTask DisposeAsync()
    {
        _socket?.Dispose();
        _contexts.Dispose();
        return ValueTask.CompletedTask;
    }
}
