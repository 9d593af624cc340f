using Mesh.Conformance.Peer;
using Mesh.Policy.Balancing;
using Mesh.Policy.Retrying;
using Mesh.Policy.Routing;
using Mesh.Sidecar.Discovery.Services;
using Mesh.Sidecar.Flow;
using Mesh.Sidecar.Recorder;
using Mesh.Sidecar.Routing;
using Mesh.Sidecar.Telemetry.Tracing;
using Mesh.Sidecar.Terms;
using Mesh.Sidecar.Workers;
using Mesh.Wire.Buffers;
using Mesh.Wire.Streams;
using Mesh.Wire.Transport.Memory;
using Microsoft.Extensions.Time.Testing;
using Api = Mesh.V1;

namespace Mesh.Sidecar.Tests.Flow.Rig;

/// <summary>
/// A sidecar's request path in memory: one worker, scripted callers, and scripted endpoints of the service "echo". The clock
/// stands until a test advances it, chance comes from a seed, so that every run is the same.
/// </summary>
internal sealed class FlowRig
{
    /// <summary>Chance picks, and never the same endpoint twice while there is another: the rest is up to the test.</summary>
    public static readonly ServicePolicyOptions Plain = new() { Balancing = new BalancingOptions { Kind = BalancerKind.Random } };

    private readonly ServiceDirectory _directory;
    private readonly WireOptions _options;

    public FlowRig(int servers = 1, ServicePolicyOptions? policy = null, ulong seed = 1, WireOptions? options = null, WireOptions? upstream = null, MemoryBudget? memory = null, bool isWhole = true, int recorder = 0)
    {
        _options = options ?? new WireOptions { KeepAliveInterval = TimeSpan.Zero }; // scripted callers answer no PINGs
        Loop = new MemoryLoop(Clock) { Fault = Faults.Add, Connector = Connect };
        Worker = new Worker(new WorkerLoop(0, Loop, seed), upstream ?? new WireOptions(), Violations) { Recorder = new FlightRecorder(recorder, TimeSpan.TicksPerSecond, Clock) };
        _directory = new ServiceDirectory([Worker.InForce], isWhole, Clock, memory: memory);
        Loop.Segments.Memory = memory ?? MemoryBudget.Unlimited;
        Servers = [.. Enumerable.Range(1, servers).Select(i => new Server(Loop, 5000 + i))];
        Flow = new RequestFlow(Worker, new ByAuthority(_directory.Want), new FlowTelemetry(Worker, Direction.Outbound, TraceSampling.Off, null, null));
        Policy = policy ?? Plain;
        Publish(Servers);
    }

    public FakeTimeProvider Clock { get; } = new();

    public MemoryLoop Loop { get; }

    public Worker Worker { get; }

    public RequestFlow Flow { get; }

    public Server[] Servers { get; }

    public ServicePolicyOptions Policy { get; }

    /// <summary>What endpoints do that the protocol forbids.</summary>
    public ViolationCounters Violations { get; } = new();

    public List<Exception> Faults { get; } = [];

    public Snapshot.Cluster Cluster => Worker.Snapshot.Find("echo"u8)!;

    public Caller Caller() => new(Loop, Flow, _options, Violations);

    /// <summary>The service has these endpoints from now on.</summary>
    public void Publish(params Server[] servers) =>
        Publish([.. servers.Select(server => new Api.Endpoint { Id = server.Address, Address = server.Address })]);

    /// <summary>The same with what is said of them.</summary>
    public void Publish(IReadOnlyList<Api.Endpoint> endpoints)
    {
        _directory.SetEndpoints("echo", 0, isKnown: true, endpoints);
        _directory.SetPolicy("echo", 0, Policy);
        _directory.Publish();
        Loop.Turn();
        foreach (var endpoint in Cluster.Endpoints)
        {
            Array.Find(Servers, server => server.Address == endpoint.Address)!.Endpoint = endpoint;
        }
    }

    /// <summary>Has endpoints compared, as the process does once a second.</summary>
    public void EjectOutliers() => _directory.EjectOutliers();

    /// <summary>Why nobody can be asked of other services; null if somebody can.</summary>
    public void SetOutOfReach(string? why)
    {
        _directory.SetOutOfReach(why);
        Loop.Turn();
    }

    /// <summary>The service has one endpoint, which is known by name alone.</summary>
    public Sidecar.Upstream.Endpoint PublishName(string address)
    {
        _directory.SetEndpoints("echo", 0, isKnown: true, [new Api.Endpoint { Id = address, Address = address }]);
        _directory.SetPolicy("echo", 0, Policy);
        _directory.Publish();
        Loop.Turn();
        return Cluster.Endpoints[0];
    }

    /// <summary>An answer of the mesh's own as the caller reads it.</summary>
    public static string Refusal(uint id, int code, string text) =>
        $"HEADERS {id} :status=200 content-type=application/grpc grpc-status={code} grpc-message=*{text}* grpc-status-details-bin=* end";

    /// <summary>The end that the mesh gives an answer that has begun.</summary>
    public static string Ending(uint id, int code, string text) =>
        $"HEADERS {id} grpc-status={code} grpc-message=*{text}* grpc-status-details-bin=* end";

    /// <summary>A policy that tries some codes again.</summary>
    public static ServicePolicyOptions Retrying(params int[] codes) => Plain with
    {
        Retry = new RetryOptions { RetriableCodes = codes.Aggregate(0u, (set, code) => set | (1u << code)) },
    };

    /// <summary>The other endpoint of two.</summary>
    public Server Other(Server than) => Servers.Single(server => server != than);

    /// <summary>Calls until the endpoint gets its first.</summary>
    public ServerConnection CallUntil(Caller caller, Server server)
    {
        for (var i = 0; i < 100 && !server.HasPending; i++)
        {
            caller.Call();
        }

        return server.Accept();
    }

    /// <summary>The endpoint to which the sidecar wants to connect.</summary>
    public Server Wanted() => Servers.Single(server => server.HasPending);

    /// <summary>A call reaches an endpoint: accepted there, its head read, and nothing answered.</summary>
    /// <param name="end">Whether the request ends with its head.</param>
    /// <param name="more">Header lines of the request.</param>
    public (Caller Caller, Server Server, ServerConnection Up) Begin(bool end = true, params string[] more)
    {
        var caller = Caller();
        caller.Call(end: end, more: more);
        var server = Wanted();
        var up = server.Accept();
        Assert.StartsWith("HEADERS 1 :method=POST", up.Take().Single(), StringComparison.Ordinal);
        return (caller, server, up);
    }

    public void Advance(TimeSpan time)
    {
        Clock.Advance(time);
        Loop.Turn();
    }

    public void Advance(int milliseconds) => Advance(TimeSpan.FromMilliseconds(milliseconds));

    /// <summary>No call is under way, and none has left anything behind: no object, byte or timer.</summary>
    public void AssertAtRest()
    {
        Loop.Turn();
        AssertNothingHeld();
        Loop.AssertComesToRest(Clock);
        AssertNothingHeld();
    }

    private void AssertNothingHeld()
    {
        Assert.Empty(Faults);
        Assert.Equal(0, Worker.ExchangesInUse);
        Assert.Equal(0, Worker.AttemptsInUse);
        Assert.Equal(0, Loop.Scratch.StreamsInUse);
        Assert.Equal(0, Loop.Segments.InUse);
        Assert.Equal((0, 0), (Cluster.Limit.Requests, Cluster.Limit.Pending));
        Assert.All(Servers, server => Assert.Equal(0, server.Load.InFlight));
        Assert.All(Worker.Connections.All, connections => Assert.Equal(0, connections.WaitingCount));
    }

    private MemoryChannel Connect(System.Net.EndPoint remote) =>
        Servers.Single(server => server.Port == ((System.Net.IPEndPoint)remote).Port).OnConnect();
}
