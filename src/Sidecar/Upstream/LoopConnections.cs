using System.Net;
using Mesh.Sidecar.Identity;
using Mesh.Sidecar.Workers;
using Mesh.Wire.Http1;
using Mesh.Wire.Http2.Connections;
using Mesh.Wire.Streams;
using Mesh.Wire.Tls;
using Mesh.Wire.Transport.Loopback;

namespace Mesh.Sidecar.Upstream;

/// <summary>One loop's connections to all endpoints, and how they are begun. Only the loop's thread may call it.</summary>
/// <param name="worker">Whose loop.</param>
/// <param name="options">Of every connection.</param>
/// <param name="violations">What endpoints do that the protocol forbids is counted here.</param>
/// <param name="tls">By which endpoints are called that have an identity; null if they are called in clear.</param>
internal sealed class LoopConnections(WorkerLoop worker, WireOptions options, ViolationCounters violations, MutualTls? tls)
{
    private readonly HashSet<EndpointConnections> _all = [];

    public WorkerLoop Worker { get; } = worker;

    /// <summary>Of the endpoints that there are.</summary>
    public IReadOnlyCollection<EndpointConnections> All => _all;

    public EndpointConnections To(Endpoint endpoint, Protocol protocol)
    {
        ref var connections = ref endpoint.Connections(protocol, Worker.Index);
        if (connections is null)
        {
            Interlocked.Exchange(ref connections, new EndpointConnections(this, endpoint, protocol)); // in full before the addresses are read
            _all.Add(connections);
        }

        return connections;
    }

    /// <summary>Begins a connection.</summary>
    public MessageConnection Connect(Endpoint endpoint, Protocol protocol, EndPoint address, IConnectionHandler handler)
    {
        if (endpoint.Local is { } local)
        {
            var (near, far) = LoopbackChannel.Pair(Worker.Loop);
            Http2Connection.Accept(far, local.On(Worker), options, violations);
            return Http2Connection.Connect(near, handler, options, violations);
        }

        if (endpoint.Identity is { } identity && tls?.Credentials.Current is { } context)
        {
            var channel = TlsChannel.Connect(Worker.Loop, address, context, PeerRule.Of(identity), protocol, tls.Outbound);
            return protocol == Protocol.Http1
                ? Http1Connections.Connect(channel, handler, options, violations)
                : Http2Connection.Connect(channel, handler, options, violations);
        }

        return protocol == Protocol.Http1
            ? Http1Connections.Connect(Worker.Loop, address, handler, options, violations)
            : Http2Connection.Connect(Worker.Loop, address, handler, options, violations);
    }

    /// <summary>No snapshot has the endpoint any more: its connections close when idle.</summary>
    public void Retire(Endpoint endpoint)
    {
        Retire(endpoint.Connections(Protocol.Http2, Worker.Index));
        Retire(endpoint.Connections(Protocol.Http1, Worker.Index));
    }

    private void Retire(EndpointConnections? connections)
    {
        if (connections is not null)
        {
            connections.Retire();
            _all.Remove(connections);
        }
    }
}
