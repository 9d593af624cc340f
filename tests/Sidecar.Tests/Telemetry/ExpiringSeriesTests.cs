using Mesh.Hosting;
using Mesh.Sidecar.Routing;
using Mesh.Sidecar.Snapshot;
using Mesh.Sidecar.Telemetry.Calls;
using Mesh.Sidecar.Telemetry.Export;
using Mesh.Sidecar.Terms;
using OpenTelemetry;
using OpenTelemetry.Metrics;

namespace Mesh.Sidecar.Tests.Telemetry;

/// <summary>What is exported by the SDK, with what becomes of series that nobody uses any more.</summary>
public sealed class ExpiringSeriesTests : IDisposable
{
    private readonly List<(string Name, string Labels, double Value)> _exported = [];
    private readonly List<(Direction Direction, Cluster Cluster)> _clusters = [];
    private readonly MeterProvider _provider;
    private readonly ExpiringSeries _series;
    private long _now;

    public ExpiringSeriesTests()
    {
        _clusters.Add((Direction.Outbound, Sole.App("orders", "orders-1", "127.0.0.1:9").Build()));
        _clusters.Add((Direction.Outbound, Sole.App("users", "users-1", "127.0.0.1:9").Build()));
        _provider = Sdk.CreateMeterProviderBuilder()
            .AddMeter(CallRecorder.MeterName)
            .AddReader(new BaseExportingMetricReader(new Kept(_exported)))
            .Build();
        _series = new ExpiringSeries(() => _clusters, _ => default, () => _now, () => _provider.ForceFlush());
    }

    public void Dispose() => _provider.Dispose();

    [Fact]
    public void A_method_that_nobody_has_called_for_long_is_exported_once_more_and_then_no_longer()
    {
        var rare = new MethodStatistics("orders", "pkg.Svc/Rare");
        var often = new MethodStatistics("orders", "pkg.Svc/Often");
        Record(rare);
        Record(often);
        Assert.Equal(2, Export("rpc.client.call.duration").Count);

        Pass(ClusterStatistics.IdleTime);
        Record(often);
        _exported.Clear();
        _series.ForgetIdle();
        Assert.Empty(_exported); // not yet: it is exactly as old as it may be
        Pass(TimeSpan.FromMinutes(1));
        _series.ForgetIdle();
        var last = Durations();
        Assert.Equal([2.0, 1.0], last.OrderBy(series => series.Labels, StringComparer.Ordinal).Select(series => series.Value));

        Record(often);
        var after = Assert.Single(Export("rpc.client.call.duration"));
        Assert.Contains("pkg.Svc/Often", after.Labels, StringComparison.Ordinal);
        Assert.Equal(1, after.Value); // begun anew
    }

    [Fact]
    public void While_all_are_used_they_go_on_for_ever()
    {
        var often = new MethodStatistics("orders", "pkg.Svc/Often");
        for (var i = 0; i < 100; i++)
        {
            Record(often);
            Pass(TimeSpan.FromMinutes(1));
            _series.ForgetIdle();
        }

        Assert.Equal(100, Assert.Single(Export("rpc.client.call.duration")).Value);
    }

    [Fact]
    public void A_service_that_is_forgotten_leaves_and_what_was_counted_of_the_others_is_not_counted_twice()
    {
        var (_, orders) = _clusters[0];
        orders.Statistics.OnRetry();
        orders.Statistics.OnRetry();
        _clusters[1].Cluster.Statistics.OnRetry();
        Assert.Equal([2.0, 1.0], Export("mesh.retries").Select(series => series.Value));

        _clusters.RemoveAt(1);
        Pass(ClusterStatistics.IdleTime + TimeSpan.FromTicks(1));
        _series.ForgetIdle();
        orders.Statistics.OnRetry();
        var left = Assert.Single(Export("mesh.retries"));
        Assert.Contains("orders", left.Labels, StringComparison.Ordinal);
        Assert.Equal(1, left.Value);
        Assert.DoesNotContain(Export("mesh.endpoint.healthy"), series => series.Labels.Contains("users", StringComparison.Ordinal));
    }

    private void Record(MethodStatistics method) =>
        _series.Record(Direction.Outbound, new CallRecord(method, TimeSpan.TicksPerMillisecond, CodeValue: 0, ReasonValue: 0, (byte)CallProtocol.Grpc, HttpStatus: 0));

    private void Pass(TimeSpan time) => _now += time.Ticks;

    private List<(string Name, string Labels, double Value)> Durations() => [.. _exported.Where(series => series.Name == "rpc.client.call.duration")];

    private List<(string Name, string Labels, double Value)> Export(string name)
    {
        _exported.Clear();
        Assert.True(_provider.ForceFlush());
        return [.. _exported.Where(series => series.Name == name)];
    }

    private sealed class Kept(List<(string Name, string Labels, double Value)> exported) : BaseExporter<Metric>
    {
        public override ExportResult Export(in Batch<Metric> batch)
        {
            foreach (var metric in batch)
            {
                foreach (ref readonly var point in metric.GetMetricPoints())
                {
                    var labels = "";
                    foreach (var tag in point.Tags)
                    {
                        labels += $"{tag.Key}={tag.Value} ";
                    }

                    exported.Add((metric.Name, labels, metric.MetricType switch
                    {
                        MetricType.Histogram => point.GetHistogramCount(),
                        MetricType.LongGauge => point.GetGaugeLastValueLong(),
                        _ => point.GetSumLong(),
                    }));
                }
            }

            return ExportResult.Success;
        }
    }
}
