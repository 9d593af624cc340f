using System.Diagnostics;
using System.Diagnostics.Metrics;
using Mesh.Sidecar.Telemetry.Rings;
using Mesh.Sidecar.Telemetry.Tracing;

namespace Mesh.Sidecar.Telemetry.Export;

/// <summary>
/// Feeds the SDK's histograms from what the loops have put into their rings, once a second, and keeps the readings of the
/// loops fresh for the gauges.
/// </summary>
internal sealed class CallRecorder : IRingConsumer<CallRecord>, IDisposable
{
    public const string MeterName = "Mesh.Sidecar";

    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);

    /// <summary>
    /// Seconds. From 5 ms on those of OpenTelemetry's conventions for RPC and HTTP; below, what calls between neighbours take.
    /// </summary>
    private static readonly InstrumentAdvice<double> Buckets = new()
    {
        HistogramBucketBoundaries = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10],
    };

    private readonly Meter _meter = new(MeterName);
    private readonly Histogram<double> _rpcClient;
    private readonly Histogram<double> _rpcServer;
    private readonly Histogram<double> _httpClient;
    private readonly Histogram<double> _httpServer;
    private readonly LatestReadings _readings;
    private readonly RingReader<CallRecord> _reader;

    public CallRecorder(SidecarView view)
    {
        _rpcClient = Histogram("rpc.client.call.duration", "Duration of outgoing remote procedure calls, retries included.");
        _rpcServer = Histogram("rpc.server.call.duration", "Duration of incoming remote procedure calls.");
        _httpClient = Histogram("http.client.request.duration", "Duration of outgoing HTTP requests that are not gRPC, retries included.");
        _httpServer = Histogram("http.server.request.duration", "Duration of incoming HTTP requests that are not gRPC.");
        _readings = new LatestReadings(view);
        MeshInstruments.Add(_meter, view, _readings, () => Dropped);
        _reader = new RingReader<CallRecord>("metrics", Interval, this);
    }

    /// <summary>Calls that are missing in the histograms, since there was no room in a ring.</summary>
    public long Dropped => _reader?.Dropped ?? 0;

    /// <summary>For one writer.</summary>
    public Ring<CallRecord> AddRing(Direction direction, int size) => _reader.AddRing(direction, size);

    /// <summary>Takes in what there is until now.</summary>
    public void Dispose() => _reader.Dispose(); // the meter stays: the provider still reads it for the last export

    void IRingConsumer<CallRecord>.BeginRound() => _readings.Refresh();

    void IRingConsumer<CallRecord>.Take(Direction direction, in CallRecord item)
    {
        var tags = item.Protocol == CallProtocol.Grpc ? RpcTags(item) : HttpTags(item, direction);
        if (CallCode.IsError(item.Code, direction))
        {
            tags.Add("error.type", CallSpan.ErrorType(item.Protocol, item.Code, item.Reason, item.HttpStatus));
        }

        var histogram = (item.Protocol == CallProtocol.Grpc, direction) switch
        {
            (true, Direction.Outbound) => _rpcClient,
            (true, _) => _rpcServer,
            (_, Direction.Outbound) => _httpClient,
            _ => _httpServer,
        };
        histogram.Record(item.Ticks / (double)TimeSpan.TicksPerSecond, tags);
    }

    void IRingConsumer<CallRecord>.EndRound()
    {
    }

    private static TagList RpcTags(in CallRecord call) => new()
    {
        { "rpc.system.name", "grpc" },
        { "rpc.method", call.Method.Method },
        { "rpc.status_code", CallCode.NameOf(call.Code) },
        { "server.address", call.Method.Service },
    };

    private static TagList HttpTags(in CallRecord call, Direction direction)
    {
        var tags = new TagList
        {
            { "http.request.method", call.Method.Method },
            { "server.address", call.Method.Service },
            { "network.protocol.version", call.Protocol == CallProtocol.Http1 ? "1.1" : "2" },
        };
        if (direction == Direction.Outbound)
        {
            tags.Add("server.port", CallSpan.HttpPort);
        }
        else
        {
            tags.Add("url.scheme", "http");
        }

        if (call.HttpStatus != 0)
        {
            tags.Add("http.response.status_code", (int)call.HttpStatus);
        }

        return tags;
    }

    private Histogram<double> Histogram(string name, string description) =>
        _meter.CreateHistogram(name, "s", description, tags: null, Buckets);
}
