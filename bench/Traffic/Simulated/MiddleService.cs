using System.Globalization;
using Mesh.Policy.Outcomes;
using Mesh.Wire.Streams;

namespace Mesh.Bench.Traffic.Simulated;

/// <summary>
/// An instance that calls another service for each call it gets, and answers what that answers: an app that knows nothing of the mesh
/// and passes on nothing but, at most, the trace. With its sidecar.
/// </summary>
internal sealed class MiddleService
{
    private readonly World _world;
    private readonly SimulatedCaller _caller;
    private readonly ScriptedServer _app;
    private readonly string _calls;
    private readonly bool _isTraced;

    /// <param name="world">Where it is.</param>
    /// <param name="protocol">What it speaks.</param>
    /// <param name="calls">Whom it calls.</param>
    /// <param name="isTraced">It passes on the trace.</param>
    public MiddleService(World world, Protocol protocol, string calls, bool isTraced)
    {
        _world = world;
        _calls = calls;
        _isTraced = isTraced;
        _app = new ScriptedServer(world, Ask);
        Sidecar = new SimulatedSidecar(world, _app.Address);
        _caller = new SimulatedCaller(world, Sidecar.Outbound, protocol);
    }

    public SimulatedSidecar Sidecar { get; }

    /// <summary>Whether it calls anybody; otherwise it answers that it is not available.</summary>
    public Func<bool> IsWell { get; init; } = static () => true;

    /// <summary>How many have reached it.</summary>
    public int Calls => _app.Calls;

    /// <summary>A trace as apps begin one, or go on with it.</summary>
    /// <param name="world">Gives the ids.</param>
    /// <param name="before">What came in; null begins one.</param>
    public static (string, string) Trace(World world, string? before)
    {
        var trace = before is null ? Id(world) + Id(world) : before.Split('-')[1];
        return ("traceparent", $"00-{trace}-{Id(world)}-01");
    }

    private void Ask(ScriptedCall call) => _world.After(TimeSpan.TicksPerMillisecond, () =>
    {
        if (IsWell())
        {
            _caller.Call(_calls, end => call.Reply(end.Code), _isTraced && call.Trace is { } trace ? [Trace(_world, trace)] : []);
        }
        else
        {
            call.Reply(GrpcStatus.Unavailable);
        }
    });

    private static string Id(World world) => (world.Random.NextUInt64() | 1).ToString("x16", CultureInfo.InvariantCulture);
}
