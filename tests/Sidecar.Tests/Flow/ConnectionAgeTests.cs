using Mesh.Conformance.Peer;
using Mesh.Policy.Routing;
using Mesh.Sidecar.Discovery.Services;
using Mesh.Sidecar.Flow;
using Mesh.Sidecar.Listeners;
using Mesh.Sidecar.Routing;
using Mesh.Sidecar.Telemetry.Tracing;
using Mesh.Sidecar.Terms;
using Mesh.Sidecar.Tests.Flow.Rig;
using Mesh.Sidecar.Workers;
using Mesh.Wire.Http2.Connections;
using Mesh.Wire.Streams;
using Mesh.Wire.Transport.Memory;
using Microsoft.Extensions.Time.Testing;

namespace Mesh.Sidecar.Tests.Flow;

/// <summary>A caller's connection that has become old takes one more call, and the next one comes over another.</summary>
public sealed class ConnectionAgeTests
{
    private readonly FakeTimeProvider _clock = new();
    private readonly MemoryLoop _loop;
    private readonly ServiceDirectory _directory;
    private readonly WireEnd _caller;
    private uint _next = 1;

    public ConnectionAgeTests()
    {
        _loop = new MemoryLoop(_clock) { Connector = _ => new MemoryChannel(_loop!) };
        var worker = new Worker(new WorkerLoop(0, _loop, 1), new WireOptions(), new ViolationCounters());
        _directory = new ServiceDirectory([worker.InForce], isWhole: true, _clock, app: Sole.App("app", "app-1", "127.0.0.1:5001"));
        _directory.Publish();
        var flow = new RequestFlow(worker, new ToApp("app"), new FlowTelemetry(worker, Direction.Inbound, TraceSampling.Off, null, null));
        var channel = new MemoryChannel(_loop);
        _caller = new WireEnd(_loop, channel, isServer: false);
        var handler = new DownstreamConnection(flow, TunnelEntry.None(worker), null, _ => { }, new AgingConnection(worker));
        Http2Connection.Accept(channel, handler, new WireOptions { KeepAliveInterval = TimeSpan.Zero }, new ViolationCounters());
        _caller.Send(Frames.Preface, Frames.Settings());
        _caller.Take();
    }

    [Fact]
    public void The_first_call_after_its_time_is_its_last()
    {
        SetAge(TimeSpan.FromMinutes(1));
        Advance(seconds: 53);
        Assert.DoesNotContain(Call(), IsGoAway);
        Advance(seconds: 8);
        Assert.Empty(_caller.Take()); // nobody keeps others from going elsewhere by it
        Assert.Contains(Call(), IsGoAway);
        Assert.DoesNotContain(Call(), IsGoAway); // it was said already; what was on its way is still taken
    }

    [Fact]
    public void It_goes_by_what_is_configured_now()
    {
        Advance(seconds: 300);
        Assert.DoesNotContain(Call(), IsGoAway);
        SetAge(TimeSpan.FromMinutes(4));
        Assert.Contains(Call(), IsGoAway);
    }

    private static bool IsGoAway(string line) => line.StartsWith("GOAWAY", StringComparison.Ordinal);

    private void SetAge(TimeSpan age)
    {
        var inbound = ServicePolicyOptions.InboundDefault;
        _directory.SetInbound(1, inbound with { Timeouts = inbound.Timeouts with { MaxConnectionAge = age } });
        _directory.Publish();
        _loop.Turn();
    }

    private void Advance(int seconds)
    {
        _clock.Advance(TimeSpan.FromSeconds(seconds));
        _loop.Turn();
    }

    private List<string> Call()
    {
        _caller.Send(Frames.Headers(_next, HeaderBlock.Of(":method: POST", ":scheme: http", ":path: /a/b", ":authority: app", "content-type: application/grpc", "te: trailers"), end: true));
        _next += 2;
        return _caller.Take();
    }
}
