using System.Text;
using Mesh.Hosting;
using Mesh.Policy.Balancing;
using Mesh.Sidecar.Flow;
using Mesh.Sidecar.Routing;
using Mesh.Sidecar.Telemetry.AccessLog;
using Mesh.Sidecar.Telemetry.Calls;
using Mesh.Sidecar.Telemetry.Rings;
using Mesh.Sidecar.Telemetry.Tracing;
using Mesh.Sidecar.Terms;
using Mesh.Sidecar.Workers;
using Mesh.Wire.Streams;
using Mesh.Wire.Transport;

namespace Mesh.Sidecar.Tests.Telemetry;

/// <summary>Calls as the telemetry sees them, on a worker whose loop does not run.</summary>
internal sealed class Calls
{
    private readonly Snapshot.Cluster _app = Sole.App("echo", "echo-1", "127.0.0.1:9").Build();
    private readonly RequestFlow _flow;

    public Calls(TraceSampling sampling, Ring<CallRecord>? export = null, Ring<AccessLogEntry?>? log = null)
    {
        Worker = new Worker(new WorkerLoop(0, EventLoop.Create(TimeProvider.System, "test"), seed: 1), new WireOptions(), new ViolationCounters());
        Telemetry = new FlowTelemetry(Worker, Direction.Outbound, sampling, export, log);
        _flow = new RequestFlow(Worker, new ToApp("echo"), Telemetry);
    }

    public Worker Worker { get; }

    public FlowTelemetry Telemetry { get; }

    public ClusterStatistics Statistics => _app.Statistics;

    public Exchange Begin(params (string Name, string Value)[] headers) => Begin("/pkg.Svc/Do", "POST", headers);

    public Exchange Begin(string path, string method = "POST", params (string Name, string Value)[] headers)
    {
        var exchange = Worker.RentExchange();
        exchange.Flow = _flow;
        exchange.Route.Asked = exchange.Route.Cluster = _app;
        exchange.Head.Protocol = CallProtocol.Grpc;
        exchange.Head.Started = Worker.Loop.Now;
        exchange.Request.Clear();
        foreach (var (name, value) in (ReadOnlySpan<(string, string)>)[(":method", method), (":path", path), (":authority", "echo"), .. headers])
        {
            exchange.Request.Add(Encoding.ASCII.GetBytes(name), Encoding.ASCII.GetBytes(value));
        }

        Telemetry.OnBegin(exchange);
        return exchange;
    }

    /// <summary>A first attempt, which asks for no connection.</summary>
    public Attempt Attempt(Exchange exchange)
    {
        Assert.Equal(PickResult.Picked, _app.Balancer.Pick(_app.Set, new PickContext(Worker.Loop.Now), ref Worker.Random, out var pick));
        var attempt = Worker.RentAttempt();
        attempt.Begin(exchange, new ShadowRelay(Worker), _app, pick, isShadow: false);
        return attempt;
    }

    /// <summary>All values of a header of the request as it goes on.</summary>
    public static string[] Values(Exchange exchange, string name) =>
    [
        .. Enumerable.Range(0, exchange.Request.Count)
            .Where(i => exchange.Request.NameAt(i).SequenceEqual(Encoding.ASCII.GetBytes(name)))
            .Select(i => Encoding.ASCII.GetString(exchange.Request.ValueAt(i))),
    ];
}
