using System.Diagnostics;
using System.Diagnostics.Metrics;
using Mesh.Sidecar.Telemetry.Calls;
using Mesh.Sidecar.Telemetry.Tracing;
using Mesh.Sidecar.Terms;

namespace Mesh.Sidecar.Telemetry.Export;

/// <summary>The durations of calls by OpenTelemetry's conventions, and which label sets are in use. For one thread.</summary>
internal sealed class CallHistograms
{
    /// <summary>
    /// Label sets told apart. The SDK puts what is beyond its own limit of 2,000 into one of each instrument, marked as overflow.
    /// </summary>
    private const int MostSets = 8_000;

    /// <summary>
    /// Seconds. From 5 ms on those of OpenTelemetry's conventions for RPC and HTTP; below, what calls between neighbours take.
    /// </summary>
    private static readonly InstrumentAdvice<double> Buckets = new()
    {
        HistogramBucketBoundaries = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10],
    };

    /// <summary>A tag's value is an object: made once, not for each call.</summary>
    private static readonly object HttpPort = CallSpan.HttpPort;

    /// <summary>The same of each status that was seen, which has three digits.</summary>
    private readonly object?[] _statuses = new object?[1_000];

    private readonly Histogram<double> _rpcClient;
    private readonly Histogram<double> _rpcServer;
    private readonly Histogram<double> _httpClient;
    private readonly Histogram<double> _httpServer;
    private readonly Dictionary<CallRecord, long> _lastUsed = [];

    /// <param name="meter">Has them until it is disposed.</param>
    public CallHistograms(Meter meter)
    {
        _rpcClient = Make("rpc.client.call.duration", "Duration of outgoing remote procedure calls, retries included.");
        _rpcServer = Make("rpc.server.call.duration", "Duration of incoming remote procedure calls.");
        _httpClient = Make("http.client.request.duration", "Duration of outgoing HTTP requests that are not gRPC, retries included.");
        _httpServer = Make("http.server.request.duration", "Duration of incoming HTTP requests that are not gRPC.");

        Histogram<double> Make(string name, string description) => meter.CreateHistogram(name, "s", description, tags: null, Buckets);
    }

    /// <summary>Takes in one call.</summary>
    /// <param name="direction">Which way it went.</param>
    /// <param name="item">How it ended.</param>
    /// <param name="now">In the loops' ticks.</param>
    public void Record(Direction direction, in CallRecord item, long now)
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

        // A record without its duration is what the labels are made of. (A method that was forgotten and comes back is a new object:
        // the old one's set is idle then, as it is.)
        var set = item with { Ticks = (long)direction };
        if (_lastUsed.Count < MostSets || _lastUsed.ContainsKey(set))
        {
            _lastUsed[set] = now;
        }
    }

    /// <summary>Whether nobody has used one of the label sets for long.</summary>
    public bool HasIdle(long now) => _lastUsed.Values.Any(last => now - last > ClusterStatistics.IdleTime.Ticks);

    private static TagList RpcTags(in CallRecord call) => new()
    {
        { "rpc.system.name", "grpc" },
        { "rpc.method", call.Method.Method },
        { "rpc.status_code", CallCode.NameOf(call.Code) },
        { "server.address", call.Method.Service },
    };

    private TagList HttpTags(in CallRecord call, Direction direction)
    {
        var tags = new TagList
        {
            { "http.request.method", call.Method.Method },
            { "server.address", call.Method.Service },
            { "network.protocol.version", call.Protocol == CallProtocol.Http1 ? "1.1" : "2" },
        };
        if (direction == Direction.Outbound)
        {
            tags.Add("server.port", HttpPort);
        }
        else
        {
            tags.Add("url.scheme", "http");
        }

        if (call.HttpStatus != 0)
        {
            tags.Add("http.response.status_code", _statuses[call.HttpStatus] ??= (int)call.HttpStatus);
        }

        return tags;
    }
}
