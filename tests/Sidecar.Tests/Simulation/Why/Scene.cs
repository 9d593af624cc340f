using System.Globalization;
using System.Net;
using Mesh.Bench.Traffic.Simulated;
using Mesh.Diagnosis;
using Mesh.Diagnosis.Records;
using Mesh.Policy.Outcomes;
using Mesh.Policy.Routing;
using Mesh.Sidecar.Recorder;
using Mesh.Wire.Buffers;
using Mesh.Wire.Streams;
using Api = Mesh.V1;

namespace Mesh.Sidecar.Tests.Simulation.Why;

/// <summary>A small mesh in memory in which something goes wrong: the service "front" calls others, and every sidecar remembers.</summary>
internal sealed class Scene
{
    private readonly List<(SimulatedSidecar Sidecar, Api.SidecarCalls Who)> _sidecars = [];
    private readonly Dictionary<Protocol, SimulatedCaller> _callers = [];
    private string _trace = "";

    public Scene(MemoryBudget? memory = null, bool isWhole = true)
    {
        Front = new SimulatedSidecar(World, service: "front", recorder: NewRecorder(), memory: memory, isWhole: isWhole);
        _sidecars.Add((Front, new Api.SidecarCalls { Service = "front", InstanceId = "front-1" }));
    }

    public World World { get; } = new(1);

    /// <summary>The sidecar of who calls.</summary>
    public SimulatedSidecar Front { get; }

    /// <summary>How the last call ended.</summary>
    public CallEnd? End { get; private set; }

    /// <summary>What every sidecar is said not to apply.</summary>
    public void Unapplied(string kind, string name, string error) =>
        _sidecars[0].Who.Unapplied.Add(new Api.UnappliedResource { Kind = kind, Name = name, Version = 7, Error = error });

    /// <summary>An app with a sidecar beside it.</summary>
    public SimulatedSidecar Beside(string service, IPEndPoint app, MemoryBudget? memory = null)
    {
        var sidecar = new SimulatedSidecar(World, app, service, NewRecorder(), memory);
        _sidecars.Add((sidecar, new Api.SidecarCalls { Service = service, InstanceId = $"instance-{sidecar.Inbound.Port}" }));
        return sidecar;
    }

    public SimulatedSidecar Beside(string service, Action<ScriptedCall> app) => Beside(service, new ScriptedServer(World, app).Address);

    /// <summary>Front knows a service by its sidecars.</summary>
    public void Learn(string service, ServicePolicyOptions policy, params SimulatedSidecar[] instances) =>
        Front.Learn(service, policy, [.. instances.Select(one => SimulatedSidecar.At(one.Inbound, isSidecar: true))]);

    /// <summary>Makes a call and lets time go on until it is over, and some more.</summary>
    public CallEnd Call(string service, Protocol protocol = Protocol.Http2, params (string, string)[] more)
    {
        Begin(service, protocol, more);
        for (var i = 0; i < 12 && End is null; i++)
        {
            World.Run(TimeSpan.FromSeconds(5));
        }

        World.Run(TimeSpan.FromSeconds(5));
        return End!.Value;
    }

    /// <summary>Makes calls that are over at once.</summary>
    public void CallOften(int count, string service)
    {
        for (var i = 0; i < count; i++)
        {
            Begin(service, Protocol.Http2);
            World.Run(TimeSpan.FromMilliseconds(20));
        }
    }

    /// <summary>Makes a call, and says how many milliseconds it may take by its caller's deadline.</summary>
    public CallEnd CallWithin(int milliseconds, string service) => Call(service, Protocol.Http2, Deadline(milliseconds));

    public static (string, string) Deadline(int milliseconds) => ("grpc-timeout", $"{milliseconds}m");

    /// <summary>A call begins, with a trace of its own.</summary>
    public void Begin(string service, Protocol protocol = Protocol.Http2, params (string, string)[] more)
    {
        End = null;
        var trace = MiddleService.Trace(World, null);
        _trace = trace.Item2.Split('-')[1];
        if (!_callers.TryGetValue(protocol, out var caller))
        {
            _callers[protocol] = caller = new SimulatedCaller(World, Front.Outbound, protocol);
        }

        caller.Call(service, end => End = end, [trace, .. more]);
        World.Settle();
    }

    /// <summary>What is found of the last call, from nothing but what sidecars remember.</summary>
    public Finding Why()
    {
        var investigation = new Investigation(new Evidence(Told()));
        var call = investigation.Outermost(call => call.Call.TraceId == _trace).OrderBy(call => call.Call.Hop).First();
        return investigation.Explain(call);
    }

    /// <summary>The same of any last call.</summary>
    public Finding WhyLast()
    {
        var investigation = new Investigation(new Evidence(Told()));
        return investigation.Explain(investigation.Outermost(_ => true)[0]);
    }

    public IReadOnlyList<Api.SidecarCalls> Told() => [.. _sidecars.Select(one =>
    {
        var told = one.Who.Clone();
        CallSearch.Find(told, one.Sidecar.Recorder.Copy(), new Api.CallQuery { Most = 1000 }, World.Clock.GetUtcNow(), int.MaxValue);
        return told;
    })];

    private FlightRecorder NewRecorder() => new(1 << 20, TimeSpan.TicksPerSecond, World.Clock);
}
