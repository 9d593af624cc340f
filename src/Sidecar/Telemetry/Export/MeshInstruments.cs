using System.Diagnostics.Metrics;
using Mesh.Sidecar.Snapshot;
using Mesh.Sidecar.Upstream;

namespace Mesh.Sidecar.Telemetry.Export;

/// <summary>The mesh's own instruments, next to those of OpenTelemetry's conventions; read when an export is due.</summary>
internal static class MeshInstruments
{
    public static void Add(Meter meter, SidecarView view, LatestReadings readings, Func<long> dropped)
    {
        meter.CreateObservableUpDownCounter(
            "mesh.calls.in_flight", () => PerCluster(view, c => c.Limit.Requests), "{call}", "Calls under way.");
        meter.CreateObservableCounter(
            "mesh.attempts", () => PerCluster(view, c => c.Statistics.Attempts), "{attempt}", "Tries on an endpoint, the first of each call included.");
        meter.CreateObservableCounter(
            "mesh.attempt.outcomes", () => PerOutcome(view), "{attempt}", "Attempts that have ended, by how.");
        meter.CreateObservableCounter(
            "mesh.retries", () => PerCluster(view, c => c.Statistics.Retries), "{attempt}", "Tries after the first of a call.");
        meter.CreateObservableGauge(
            "mesh.retry_budget", () => PerCluster(view, c => (long)c.DefaultRoute.Budget.Available(view.Now)), "{attempt}", "Retries that the service's budget allows now.");
        meter.CreateObservableCounter(
            "mesh.retry_budget.exhausted", () => PerCluster(view, c => c.Statistics.BudgetExhausted), "{attempt}", "Retries that the policy wanted and the service's budget refused.");
        meter.CreateObservableGauge(
            "mesh.endpoint.healthy", () => PerEndpoint(view, e => e.State.Healthy ? 1 : 0), "1", "1 if discovery says that the endpoint may be picked.");
        meter.CreateObservableUpDownCounter(
            "mesh.endpoint.in_flight", () => PerEndpoint(view, e => e.State.Load.InFlight), "{attempt}", "Attempts under way on the endpoint.");
        meter.CreateObservableCounter(
            "mesh.endpoint.failures", () => PerEndpoint(view, e => e.State.Load.Failures), "{attempt}", "Attempts whose failure was the endpoint's, or its server's.");
        meter.CreateObservableGauge(
            "mesh.breaker.state", () => PerEndpoint(view, e => (long)e.State.Breaker.StateAt(view.Now)), "1", "0 closed, 1 open, 2 half open.");
        meter.CreateObservableCounter(
            "mesh.breaker.opened", () => PerEndpoint(view, e => e.State.Breaker.Opened), "{opening}", "How often the endpoint's breaker has opened.");
        meter.CreateObservableCounter(
            "mesh.breaker.closed", () => PerEndpoint(view, e => e.State.Breaker.Closed), "{closing}", "How often the endpoint's breaker has closed.");
        meter.CreateObservableCounter(
            "mesh.breaker.overflow", () => PerEndpoint(view, e => e.State.Breaker.Overflows), "{opening}", "How often it would have opened, but as many endpoints were out as may be.");
        meter.CreateObservableUpDownCounter("mesh.connections", () => Sides(readings.Sum.Downstream + view.Http1.Sum(h => h.Connections), readings.Sum.Upstream), "{connection}", "Open connections.");
        meter.CreateObservableUpDownCounter("mesh.streams", () => Sides(readings.Sum.DownstreamStreams, readings.Sum.UpstreamStreams), "{stream}", "Streams under way.");
        meter.CreateObservableCounter("mesh.unrouted_calls", () => view.Unrouted, "{call}", "Calls for a name that no service has.");
        meter.CreateObservableGauge("mesh.memory.used", () => view.Memory.Used, "By", "What the managed heap needs.");
        meter.CreateObservableGauge("mesh.memory.limit", () => view.Memory.Limit, "By", "What the managed heap may have.");
        meter.CreateObservableCounter("mesh.overload.refused_calls", () => view.Memory.Refused, "{call}", "Calls that were not taken on for want of memory.");
        meter.CreateObservableCounter("mesh.overload.ended_calls", () => view.Memory.Ended, "{call}", "Calls that ended since more of them would have had to be held.");
        meter.CreateObservableGauge("mesh.snapshot.age", () => view.SnapshotAge.TotalSeconds, "s", "Time since the snapshot in force was made.");
        meter.CreateObservableCounter("mesh.export.dropped_calls", dropped, "{call}", "Calls missing in the duration histograms, since the export fell behind.");
        meter.CreateObservableCounter("mesh.access_log.dropped_lines", () => view.Telemetry?.DroppedLines ?? 0, "{line}", "Calls missing in the access log.");
    }

    private static List<Measurement<long>> PerCluster(SidecarView view, Func<Cluster, long> value)
    {
        var all = new List<Measurement<long>>();
        foreach (var (direction, cluster) in view.KnownClusters())
        {
            all.Add(new Measurement<long>(
                value(cluster), new("mesh.direction", direction.Word()), new("mesh.service", cluster.Name)));
        }

        return all;
    }

    private static List<Measurement<long>> PerOutcome(SidecarView view)
    {
        var all = new List<Measurement<long>>();
        foreach (var (direction, cluster) in view.KnownClusters())
        {
            foreach (var (reason, count) in cluster.Statistics.Outcomes())
            {
                all.Add(new Measurement<long>(
                    count,
                    new("mesh.direction", direction.Word()),
                    new("mesh.service", cluster.Name),
                    new("mesh.outcome", Words.Of(reason))));
            }
        }

        return all;
    }

    private static List<Measurement<long>> PerEndpoint(SidecarView view, Func<Endpoint, long> value)
    {
        var all = new List<Measurement<long>>();
        foreach (var (direction, cluster) in view.KnownClusters())
        {
            foreach (var endpoint in cluster.Endpoints)
            {
                all.Add(new Measurement<long>(
                    value(endpoint),
                    new("mesh.direction", direction.Word()),
                    new("mesh.service", cluster.Name),
                    new("mesh.endpoint", endpoint.Id),
                    new("mesh.endpoint.address", endpoint.Address)));
            }
        }

        return all;
    }

    private static Measurement<long>[] Sides(long downstream, long upstream) =>
    [
        new(downstream, new KeyValuePair<string, object?>("mesh.side", "downstream")),
        new(upstream, new KeyValuePair<string, object?>("mesh.side", "upstream")),
    ];
}
