using Mesh.Policy;
using Mesh.Policy.Retrying;
using Mesh.Sidecar.Identity;
using Mesh.Sidecar.Recorder;
using Mesh.Sidecar.Snapshot;
using Mesh.Sidecar.Telemetry.Calls;
using Mesh.Sidecar.Upstream;
using Mesh.Sidecar.Workers;
using Mesh.Wire.Buffers;
using Mesh.Wire.Streams;
using Mesh.Wire.Transport;

namespace Mesh.Sidecar.Flow;

/// <summary>
/// What the request path has per loop: the loop, its connections to endpoints and the snapshot in force, each of which knows nothing of
/// calls, and the calls themselves. Only the loop's thread touches it, apart from what is marked.
/// </summary>
internal sealed class Worker
{
    /// <summary>Calls and attempts that an idle loop keeps objects for.</summary>
    private const int Floor = 32;

    private readonly WorkerLoop _own;
    private readonly Pool<Exchange> _exchanges;
    private readonly Pool<Attempt> _attempts;
    private long _unrouted;

    /// <param name="loop">With its number and its chance.</param>
    /// <param name="upstreamOptions">Of its connections to endpoints.</param>
    /// <param name="upstreamViolations">What endpoints do that the protocol forbids is counted here.</param>
    /// <param name="tls">By which endpoints are called that have an identity; null if they are called in clear.</param>
    public Worker(WorkerLoop loop, WireOptions upstreamOptions, ViolationCounters upstreamViolations, MutualTls? tls = null)
    {
        _own = loop;
        Loop = loop.Loop;
        Index = loop.Index;
        Connections = new LoopConnections(loop, upstreamOptions, upstreamViolations, tls);
        InForce = new LoopSnapshot(Connections);
        InForce.Replaced += RouteParked;
        _exchanges = new Pool<Exchange>(() => new Exchange(this), Floor, Loop.Upkeep);
        _attempts = new Pool<Attempt>(() => new Attempt(this), Floor, Loop.Upkeep);
    }

    /// <summary>0 to <see cref="WorkerLoop.Most"/> - 1. Any thread.</summary>
    public int Index { get; }

    /// <summary>Any thread.</summary>
    public EventLoop Loop { get; }

    /// <summary>Decides everything that is left to chance on this loop.</summary>
    public ref Rng Random => ref _own.Random;

    /// <summary>To endpoints.</summary>
    public LoopConnections Connections { get; }

    public LoopSnapshot InForce { get; }

    /// <summary>What new calls go by. Any thread.</summary>
    public MeshSnapshot Snapshot => InForce.Current;

    /// <summary>Calls that wait for the control plane's word.</summary>
    public HashSet<Exchange> Parked { get; } = [];

    /// <summary>The sidecar's instance id in UTF-8, for the answers of the mesh's own; empty if it has none.</summary>
    public byte[] Instance { get; init; } = [];

    /// <summary>Where calls for names that no service has are counted: callers choose these, and none becomes a series.</summary>
    public ClusterStatistics Unknown { get; init; } = new(ClusterStatistics.Other);

    /// <summary>What both sides of the sidecar know of calls; all its workers' together.</summary>
    public CallMarks Marks { get; init; } = new();

    /// <summary>Remembers calls that failed or were slow.</summary>
    public FlightRecorder Recorder { get; init; } = FlightRecorder.Off;

    /// <summary>Where an answer of the mesh's own is put together.</summary>
    public MeshAnswer Answer { get; } = new();

    /// <summary>For putting a value together; nobody keeps what is in it.</summary>
    public ByteBuffer Room { get; } = new();

    /// <summary>Calls under way; zero when the sidecar is at rest.</summary>
    public int ExchangesInUse => _exchanges.InUse;

    /// <summary>Attempts under way; zero when the sidecar is at rest.</summary>
    public int AttemptsInUse => _attempts.InUse;

    /// <summary>Calls for which there was no service. Any thread may read it.</summary>
    public long Unrouted => Volatile.Read(ref _unrouted);

    public void CountUnrouted() => Volatile.Write(ref _unrouted, _unrouted + 1);

    public Exchange RentExchange() => _exchanges.Rent();

    public void Return(Exchange exchange) => _exchanges.Return(exchange);

    public Attempt RentAttempt() => _attempts.Rent();

    public void Return(Attempt attempt) => _attempts.Return(attempt);

    private void RouteParked()
    {
        if (Parked.Count > 0)
        {
            foreach (var exchange in Parked.ToArray())
            {
                Parked.Remove(exchange);
                exchange.Route.IsParked = false;
                exchange.Park.Cancel();
                exchange.Head.Snapshot = Snapshot;
                exchange.Flow.Route(exchange);
            }
        }
    }
}
