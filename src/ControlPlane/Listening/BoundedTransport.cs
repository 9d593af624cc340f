using System.Net;
using Microsoft.AspNetCore.Connections;

namespace Mesh.ControlPlane.Listening;

/// <summary>The server's sockets, in place of its own transport, which takes a whole core when it cannot accept.</summary>
internal sealed class BoundedTransport(TimeProvider time, IMemoryPoolFactory<byte> pools) : IConnectionListenerFactory, IConnectionListenerFactorySelector
{
    public bool CanBind(EndPoint endpoint) => endpoint is BoundedEndPoint;

    /// <exception cref="AddressInUseException">The server tells it from others.</exception>
    public ValueTask<IConnectionListener> BindAsync(EndPoint endpoint, CancellationToken cancellationToken = default) =>
        ValueTask.FromResult<IConnectionListener>(new BoundedListener((BoundedEndPoint)endpoint, pools.Create(), time));
}
