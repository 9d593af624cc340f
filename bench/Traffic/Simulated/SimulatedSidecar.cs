using System.Net;
using Mesh.Policy.Routing;
using Mesh.Sidecar.Discovery.Services;
using Mesh.Sidecar.Flow;
using Mesh.Sidecar.Listeners;
using Mesh.Sidecar.Recorder;
using Mesh.Sidecar.Routing;
using Mesh.Sidecar.Telemetry.Tracing;
using Mesh.Sidecar.Terms;
using Mesh.Sidecar.Workers;
using Mesh.Wire.Buffers;
using Mesh.Wire.Streams;
using Api = Mesh.V1;

namespace Mesh.Bench.Traffic.Simulated;

/// <summary>The product's own path of calls, as the process puts it together, with one worker on the world's loop.</summary>
internal sealed class SimulatedSidecar
{
    private readonly ServiceDirectory _directory;
    private readonly Worker _worker;
    private readonly World _world;

    /// <param name="world">Where it is.</param>
    /// <param name="app">Where the app beside it listens; null if there is none.</param>
    /// <param name="service">What that is an instance of.</param>
    /// <param name="recorder">Remembers calls; null: nothing does.</param>
    /// <param name="memory">What it may take; null: as much as it likes.</param>
    /// <param name="isWhole">What it knows is all there is.</param>
    public SimulatedSidecar(
        World world, IPEndPoint? app = null, string service = "app", FlightRecorder? recorder = null, MemoryBudget? memory = null, bool isWhole = true)
    {
        _world = world;
        var beside = app is null ? null : Sole.App(service, app.ToString(), app.ToString(), memory);
        Recorder = recorder ?? FlightRecorder.Off;
        _worker = new Worker(new WorkerLoop(0, world.Loop, world.Random.NextUInt64()), Listening.Options, new ViolationCounters()) { Recorder = Recorder };
        _directory = new ServiceDirectory([_worker.InForce], isWhole, world.Clock, app: beside, memory: memory);
        Outbound = Listen(new ByAuthority(_directory.Want), Direction.Outbound);
        if (app is not null)
        {
            Inbound = Listen(new ToApp(service), Direction.Inbound);
            _directory.Publish();
        }
    }

    public FlightRecorder Recorder { get; }

    /// <summary>Why no control plane can be asked of what it does not know.</summary>
    public void SetOutOfReach(string why)
    {
        _directory.SetOutOfReach(why);
        _world.Settle();
    }

    /// <summary>Where its app calls others.</summary>
    public IPEndPoint Outbound { get; }

    /// <summary>Where others call its app.</summary>
    public IPEndPoint Inbound { get; } = new(IPAddress.None, 0);

    /// <summary>It knows this service from now on, or has learnt that it is another.</summary>
    /// <param name="name">What callers ask for.</param>
    /// <param name="policy">How it is called.</param>
    /// <param name="endpoints">Its instances.</param>
    public void Learn(string name, ServicePolicyOptions policy, params IReadOnlyList<Api.Endpoint> endpoints)
    {
        _directory.SetEndpoints(name, 0, isKnown: true, endpoints);
        _directory.SetPolicy(name, 0, policy);
        _directory.Publish();
        _world.Settle();
    }

    /// <summary>An instance, as discovery would say it.</summary>
    /// <param name="address">Where it is; its name is made of it.</param>
    /// <param name="version">Of what runs there.</param>
    /// <param name="isSidecar">A sidecar takes its calls.</param>
    public static Api.Endpoint At(IPEndPoint address, string version = "", bool isSidecar = false) =>
        new() { Id = $"instance-{address.Port}", Address = address.ToString(), Version = version, Sidecar = isSidecar };

    private IPEndPoint Listen(Destination destination, Direction direction)
    {
        var flow = new RequestFlow(_worker, destination, new FlowTelemetry(_worker, direction, TraceSampling.Off, null, null));
        return _world.Listen(Listening.With(() => new DownstreamConnection(flow, TunnelEntry.None(_worker), null, _ => { })));
    }
}
