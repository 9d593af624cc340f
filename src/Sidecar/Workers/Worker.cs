using Mesh.Policy;
using Mesh.Sidecar.Flow;
using Mesh.Sidecar.Snapshot;
using Mesh.Sidecar.Telemetry.Calls;
using Mesh.Sidecar.Upstream;
using Mesh.Wire.Buffers;
using Mesh.Wire.Http1;
using Mesh.Wire.Http2.Connections;
using Mesh.Wire.Streams;
using Mesh.Wire.Transport;
using Mesh.Wire.Transport.Loopback;

namespace Mesh.Sidecar.Workers;

/// <summary>
/// One event loop and what the request path keeps per loop: pools, randomness, the snapshot in force, connections to
/// endpoints. Only the loop's thread touches it, apart from what is marked.
/// </summary>
internal sealed class Worker
{
    public const int MostWorkers = 64;

    /// <summary>Calls and attempts that an idle loop keeps objects for.</summary>
    private const int Floor = 32;

    private readonly Pool<Exchange> _exchanges;
    private readonly Pool<Attempt> _attempts;
    private readonly HashSet<EndpointConnections> _connections = [];

    /// <summary>Decides everything that is left to chance on this loop.</summary>
    public Rng Random;

    private volatile MeshSnapshot _snapshot = MeshSnapshot.Empty;
    private long _unrouted;

    public Worker(int index, EventLoop loop, ulong seed, WireOptions upstreamOptions, ViolationCounters upstreamViolations)
    {
        Index = index;
        Loop = loop;
        Random = new Rng(seed);
        UpstreamOptions = upstreamOptions;
        UpstreamViolations = upstreamViolations;
        _exchanges = new Pool<Exchange>(() => new Exchange(this), Floor, loop.Upkeep);
        _attempts = new Pool<Attempt>(() => new Attempt(this), Floor, loop.Upkeep);
    }

    /// <summary>0 to <see cref="MostWorkers"/> - 1.</summary>
    public int Index { get; }

    public EventLoop Loop { get; }

    public WireOptions UpstreamOptions { get; }

    public ViolationCounters UpstreamViolations { get; }

    /// <summary>What new calls go by. Any thread.</summary>
    public MeshSnapshot Snapshot => _snapshot;

    /// <summary>Raised on the loop when a snapshot has come into force, or something else has changed that is asked for.</summary>
    public event Action? SnapshotTaken;

    /// <summary>Has everybody look again who waits for a change. On the loop.</summary>
    public void TellChanged() => SnapshotTaken?.Invoke();

    /// <summary>Calls that wait for the control plane's word.</summary>
    public HashSet<Exchange> Parked { get; } = [];

    /// <summary>The sidecar's instance id in UTF-8, for the answers of the mesh's own; empty if it has none.</summary>
    public byte[] Instance { get; init; } = [];

    /// <summary>Where calls for names that no service has are counted: callers choose these, and none becomes a series.</summary>
    public ClusterStatistics Unknown { get; init; } = new(ClusterStatistics.Other);

    /// <summary>Where an answer of the mesh's own is put together.</summary>
    public MeshAnswer Answer { get; } = new();

    /// <summary>Calls under way; zero when the sidecar is at rest.</summary>
    public int ExchangesInUse => _exchanges.InUse;

    /// <summary>Attempts under way; zero when the sidecar is at rest.</summary>
    public int AttemptsInUse => _attempts.InUse;

    /// <summary>All upstream connections of this loop.</summary>
    public IReadOnlyCollection<EndpointConnections> Connections => _connections;

    /// <summary>Calls for which there was no service. Any thread may read it.</summary>
    public long Unrouted => Volatile.Read(ref _unrouted);

    public void CountUnrouted() => Volatile.Write(ref _unrouted, _unrouted + 1);

    public Exchange RentExchange() => _exchanges.Rent();

    public void Return(Exchange exchange) => _exchanges.Return(exchange);

    public Attempt RentAttempt() => _attempts.Rent();

    public void Return(Attempt attempt) => _attempts.Return(attempt);

    public EndpointConnections ConnectionsTo(Endpoint endpoint, Protocol protocol)
    {
        ref var connections = ref endpoint.Connections(protocol, Index);
        if (connections is null)
        {
            Interlocked.Exchange(ref connections, new EndpointConnections(this, endpoint, protocol)); // in full before the addresses are read
            _connections.Add(connections);
        }

        return connections;
    }

    /// <summary>A new snapshot: what waited for it goes on, connections to endpoints that are gone close when idle.</summary>
    /// <param name="snapshot">In force from now on.</param>
    /// <param name="gone">Endpoints that no snapshot has any more.</param>
    public void Take(MeshSnapshot snapshot, IReadOnlyList<Endpoint> gone)
    {
        _snapshot = snapshot;
        SnapshotTaken?.Invoke();
        foreach (var endpoint in gone)
        {
            Retire(endpoint.Connections(Protocol.Http2, Index));
            Retire(endpoint.Connections(Protocol.Http1, Index));
        }

        if (Parked.Count > 0)
        {
            foreach (var exchange in Parked.ToArray())
            {
                Parked.Remove(exchange);
                exchange.Route.IsParked = false;
                exchange.Park.Cancel();
                exchange.Head.Snapshot = snapshot;
                exchange.Flow.Route(exchange);
            }
        }
    }

    /// <summary>Begins a connection.</summary>
    public MessageConnection Connect(Endpoint endpoint, Protocol protocol, System.Net.EndPoint address, IConnectionHandler handler)
    {
        if (endpoint.Local is { } local)
        {
            var (near, far) = LoopbackChannel.Pair(Loop);
            Http2Connection.Accept(far, local.On(this), UpstreamOptions, UpstreamViolations);
            return Http2Connection.Connect(near, handler, UpstreamOptions, UpstreamViolations);
        }

        return protocol == Protocol.Http1
            ? Http1Connections.Connect(Loop, address, handler, UpstreamOptions, UpstreamViolations)
            : Http2Connection.Connect(Loop, address, handler, UpstreamOptions, UpstreamViolations);
    }

    private void Retire(EndpointConnections? connections)
    {
        if (connections is not null)
        {
            connections.Retire();
            _connections.Remove(connections);
        }
    }
}
