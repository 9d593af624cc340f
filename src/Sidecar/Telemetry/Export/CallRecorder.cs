using System.Diagnostics;
using System.Diagnostics.Metrics;

namespace Mesh.Sidecar.Telemetry.Export;

/// <summary>
/// Feeds the SDK's histograms from what the loops have put into their <see cref="CallRecords"/>, once a second on a thread
/// of its own, and keeps the readings of the loops fresh for the gauges.
/// </summary>
internal sealed class CallRecorder : IDisposable
{
    public const string MeterName = "Mesh.Sidecar";

    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);

    /// <summary>
    /// Seconds. From 5 ms on those of OpenTelemetry's conventions for RPC; below, what calls between neighbours take.
    /// </summary>
    private static readonly InstrumentAdvice<double> Buckets = new()
    {
        HistogramBucketBoundaries = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10],
    };

    private readonly SidecarView _view;
    private readonly Meter _meter = new(MeterName);
    private readonly Histogram<double> _client;
    private readonly Histogram<double> _server;
    private readonly LatestReadings _readings;
    private readonly Lock _gate = new();
    private readonly List<CallRecords> _records = [];
    private readonly ManualResetEvent _stop = new(initialState: false);
    private readonly Thread _thread;

    public CallRecorder(SidecarView view)
    {
        _view = view;
        _client = Histogram("rpc.client.call.duration", "Duration of outgoing remote procedure calls, retries included.");
        _server = Histogram("rpc.server.call.duration", "Duration of incoming remote procedure calls.");
        _readings = new LatestReadings(view);
        MeshInstruments.Add(_meter, view, _readings, () => Dropped);
        _thread = new Thread(Run) { Name = "metrics", IsBackground = true };
        _thread.Start();
    }

    private long Dropped
    {
        get
        {
            lock (_gate)
            {
                return _records.Sum(r => r.Dropped);
            }
        }
    }

    public CallRecords AddRecords(Direction direction)
    {
        var records = new CallRecords(direction);
        lock (_gate)
        {
            _records.Add(records);
        }

        return records;
    }

    public void Dispose()
    {
        _stop.Set();
        _thread.Join();
        _stop.Dispose();
        // The meter stays: the provider still reads it for the last export.
    }

    private Histogram<double> Histogram(string name, string description) =>
        _meter.CreateHistogram(name, "s", description, tags: null, Buckets);

    private void Run()
    {
        while (!_stop.WaitOne(Interval))
        {
            _readings.Refresh();
            DrainAll();
        }

        DrainAll();
    }

    private void DrainAll()
    {
        CallRecords[] all;
        lock (_gate)
        {
            all = [.. _records];
        }

        foreach (var records in all)
        {
            records.Drain(Record);
        }
    }

    private void Record(Direction direction, CallRecord call)
    {
        if (!CallCode.IsGrpc(call.Code))
        {
            return; // the instruments are of RPC; other HTTP is on the metrics page
        }

        var tags = new TagList
        {
            { "rpc.system.name", "grpc" },
            { "rpc.method", call.Method.Method },
            { "rpc.response.status_code", CallCode.NameOf(call.Code) },
            { "server.address", call.Method.Service },
        };
        if (CallCode.IsError(call.Code, direction))
        {
            tags.Add("error.type", Tracing.CallTracing.ErrorType(call.Code, call.Reason));
        }

        var histogram = direction == Direction.Outbound ? _client : _server;
        histogram.Record(call.Ticks / (double)TimeSpan.TicksPerSecond, tags);
    }
}
