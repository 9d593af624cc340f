using System.Diagnostics.Metrics;
using Mesh.Sidecar.Readings;

namespace Mesh.Sidecar.Telemetry.Export;

/// <summary>The mesh's own instruments of the process as a whole; read when an export is due. Those by service and endpoint: <see cref="ClusterInstruments"/>.</summary>
internal static class MeshInstruments
{
    public static void Add(Meter meter, SidecarView view, LatestReadings readings, Func<long> dropped)
    {
        meter.CreateObservableUpDownCounter("mesh.connections", () => Sides(readings.Sum.Downstream, readings.Sum.Upstream), "{connection}", "Open connections.");
        meter.CreateObservableUpDownCounter("mesh.streams", () => Sides(readings.Sum.DownstreamStreams, readings.Sum.UpstreamStreams), "{stream}", "Streams under way.");
        meter.CreateObservableCounter("mesh.unrouted_calls", () => view.Unrouted, "{call}", "Calls for a name that no service has.");
        meter.CreateObservableGauge("mesh.memory.used", () => view.Memory.Used, "By", "What the managed heap needs.");
        meter.CreateObservableGauge("mesh.memory.limit", () => view.Memory.Limit, "By", "What the managed heap may have.");
        meter.CreateObservableCounter("mesh.overload.refused_calls", () => view.Memory.Refused, "{call}", "Calls that were not taken on for want of memory.");
        meter.CreateObservableCounter("mesh.overload.ended_calls", () => view.Memory.Ended, "{call}", "Calls that ended since more of them would have had to be held.");
        meter.CreateObservableGauge("mesh.snapshot.age", () => view.SnapshotAge.TotalSeconds, "s", "Time since the snapshot in force was made.");
        meter.CreateObservableCounter("mesh.export.dropped_calls", dropped, "{call}", "Calls missing in the duration histograms, since the export fell behind.");
        meter.CreateObservableCounter("mesh.access_log.dropped_lines", () => view.DroppedLines(), "{line}", "Calls missing in the access log.");
    }

    private static Measurement<long>[] Sides(long downstream, long upstream) =>
    [
        new(downstream, new KeyValuePair<string, object?>("mesh.side", "downstream")),
        new(upstream, new KeyValuePair<string, object?>("mesh.side", "upstream")),
    ];
}
