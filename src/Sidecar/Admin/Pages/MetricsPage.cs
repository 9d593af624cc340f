using Mesh.Hosting;
using Mesh.Sidecar.Admin.Prometheus;
using Mesh.Sidecar.Discovery.Services;
using Mesh.Sidecar.Readings;
using Mesh.Sidecar.Telemetry.Calls;
using Mesh.Sidecar.Terms;
using Mesh.Wire.Streams;

namespace Mesh.Sidecar.Admin.Pages;

/// <summary>
/// /metrics. Each family comes whole, over all services, as the format asks. Every label's values are bounded and leave again:
/// services and endpoints with the snapshot (names that no service has share one, "_OTHER"), methods by
/// <see cref="ClusterStatistics"/>. A call belongs to the service that was asked for, an attempt to the one it went to.
/// </summary>
internal sealed class MetricsPage(SidecarView view)
{
    private static readonly ProtocolViolation[] Violations = Enum.GetValues<ProtocolViolation>();

    public async Task<Answer> AnswerAsync()
    {
        var loops = (await LoopReading.OfAllAsync(view, worker => LoopReading.Of(view, worker)))
            .Aggregate(LoopReading.None, (sum, loop) => sum.Plus(loop.Reading));
        var buffer = new PageBuffer();
        var page = new PrometheusWriter(buffer);
        WriteCalls(page);
        new EndpointMetrics(view).Write(page);
        WriteConnections(page, loops);
        WriteStreams(page, loops.Streams);
        WriteViolations(page);
        TlsMetrics.Write(page, view);
        page.Single("mesh_unrouted_calls_total", "counter", "Calls for a name that no service has.", view.Unrouted);
        page.Single("mesh_access_log_dropped_total", "counter", "Calls missing in the access log.", view.DroppedLines());
        page.Family("mesh_output_dropped_lines_total", "counter", "Lines that stdout (announcements, access log) or stderr (log) did not take.");
        page.Sample(Stdio.Out.Dropped, ("stream", "stdout"));
        page.Sample(Stdio.Error.Dropped, ("stream", "stderr"));
        page.Single("mesh_export_dropped_total", "counter", "Calls missing in the exported duration histograms.", view.DroppedRecords());
        page.Single("mesh_snapshot_age_seconds", "gauge", "Time since the snapshot in force was made.", view.SnapshotAge.TotalSeconds);
        if (view.ControlPlane is { } controlPlane)
        {
            page.Single("mesh_control_plane_connected", "gauge", "1 while the control plane's stream is up.", controlPlane.State.IsConnected ? 1 : 0);
            page.Single("mesh_resources_rejected", "gauge", "Resources of the control plane that make no sense here; the last good ones hold.", controlPlane.Rejected.Count);
            page.Single("mesh_resources_kept", "gauge", "Resources that the control plane does not know, kept since one that knew more has said them.", controlPlane.Kept.Count);
            page.Single("mesh_discovery_endpoints_skipped", "gauge", "Endpoints that the control plane has named and that cannot be used; each is left out.", controlPlane.SkippedEndpoints);
            page.Single("mesh_discovery_names", "gauge", $"Services that the control plane is asked for, by declaration or because they are called; at most {WantedNames.Most}.", view.Directory.Names.Count);
            page.Single("mesh_discovery_names_forgotten_total", "counter", "Names that were forgotten since nobody called them.", view.Directory.Names.Forgotten);
            page.Single("mesh_discovery_names_refused_total", "counter", "Calls for a new name while as many were remembered as may be.", view.Directory.Names.TurnedAway);
            page.Single("mesh_control_planes_refused", "gauge", "Control planes of the list that go by another store and are not used.", controlPlane.Refused.Count);
            if (controlPlane.Cache is { } cache)
            {
                page.Single("mesh_discovery_snapshot_age_seconds", "gauge", "Age of the snapshot from disk that calls go by; 0 once a control plane has spoken.", cache.Age?.TotalSeconds ?? 0);
                page.Single("mesh_discovery_snapshot_write_failures_total", "counter", "Snapshots that could not be written to disk.", cache.State.Failures);
            }
        }

        TrustMetrics.Write(page, view);
        OverloadMetrics.Write(page, view);
        page.Single("mesh_loop_faults_total", "counter", "Defects of ours on the event loops, or a full heap; each may have cost a connection.", view.LoopFaults);
        page.Single("mesh_loop_turns_total", "counter", "Turns of the event loops.", loops.Turns);
        ProcessMetrics.Write(page, view);
        return new Answer(200, PrometheusWriter.ContentType, buffer.Written);
    }

    private void WriteCalls(PrometheusWriter page)
    {
        page.Family("mesh_call_duration_seconds", "histogram", "Calls by their duration, retries included; code is gRPC's, or HTTP_1XX to HTTP_5XX; method is HTTP's where it is not gRPC's.");
        foreach (var (direction, cluster) in view.KnownClusters())
        {
            WriteCalls(page, direction, cluster.Name, cluster.Statistics);
        }

        WriteCalls(page, Direction.Outbound, ClusterStatistics.Other, view.Unknown);
        page.Family("mesh_calls_in_flight", "gauge", "Calls under way.");
        foreach (var (direction, cluster) in view.KnownClusters())
        {
            page.Sample(cluster.Limit.Requests, ("direction", direction.Word()), ("service", cluster.Name));
        }

        page.Family("mesh_attempts_total", "counter", "Tries on an endpoint of the service, the first of each call included.");
        foreach (var (direction, cluster) in view.KnownClusters())
        {
            page.Sample(cluster.Statistics.Attempts, ("direction", direction.Word()), ("service", cluster.Name));
        }

        page.Family("mesh_attempt_outcomes_total", "counter", "Tries on an endpoint of the service that have ended, by how.");
        foreach (var (direction, cluster) in view.KnownClusters())
        {
            foreach (var (reason, count) in cluster.Statistics.Outcomes())
            {
                page.Sample(count, ("direction", direction.Word()), ("service", cluster.Name), ("outcome", Words.Of(reason)));
            }
        }

        page.Family("mesh_hedges_total", "counter", "Attempts beside others of a call that were under way.");
        foreach (var (direction, cluster) in view.KnownClusters())
        {
            page.Sample(cluster.Statistics.Hedges, ("direction", direction.Word()), ("service", cluster.Name));
        }

        page.Family("mesh_retries_total", "counter", "Tries after the first of a call.");
        foreach (var (direction, cluster) in view.KnownClusters())
        {
            page.Sample(cluster.Statistics.Retries, ("direction", direction.Word()), ("service", cluster.Name));
        }

        page.Family("mesh_retry_budget_exhausted_total", "counter", "Retries that the policy wanted and the service's budget refused.");
        foreach (var (direction, cluster) in view.KnownClusters())
        {
            page.Sample(cluster.Statistics.BudgetExhausted, ("direction", direction.Word()), ("service", cluster.Name));
        }

        page.Family("mesh_retry_budget", "gauge", "Retries that the service's budget allows now.");
        foreach (var (direction, cluster) in view.KnownClusters())
        {
            page.Sample(Math.Floor(cluster.DefaultRoute.Budget.Available(view.Now)), ("direction", direction.Word()), ("service", cluster.Name));
        }

        page.Family("mesh_attempts_waiting", "gauge", "Attempts that wait for a connection.");
        foreach (var (direction, cluster) in view.KnownClusters())
        {
            page.Sample(cluster.Limit.Pending, ("direction", direction.Word()), ("service", cluster.Name));
        }
    }

    private static void WriteCalls(PrometheusWriter page, Direction direction, string service, ClusterStatistics statistics)
    {
        foreach (var calls in CallSums.Of(statistics))
        {
            page.Histogram(
                CallHistogram.Bounds,
                calls.Buckets,
                calls.Seconds,
                ("direction", direction.Word()),
                ("service", service),
                ("method", calls.Method),
                ("code", CallCode.NameOf(calls.Code)));
        }
    }

    private void WriteConnections(PrometheusWriter page, LoopReading loops)
    {
        page.Family("mesh_connections", "gauge", "Connections: downstream from callers, upstream to endpoints.");
        page.Sample(loops.Downstream - loops.DownstreamHttp1, ("side", "downstream"), ("protocol", "http2"));
        page.Sample(loops.DownstreamHttp1, ("side", "downstream"), ("protocol", "http1"));
        page.Sample(loops.Upstream - loops.UpstreamHttp1, ("side", "upstream"), ("protocol", "http2"));
        page.Sample(loops.UpstreamHttp1, ("side", "upstream"), ("protocol", "http1"));
        page.Family("mesh_streams", "gauge", "Streams under way; a request of HTTP/1.1 is one.");
        page.Sample(loops.DownstreamStreams, ("side", "downstream"));
        page.Sample(loops.UpstreamStreams, ("side", "upstream"));
    }

    private void WriteStreams(PrometheusWriter page, StreamReadings streams)
    {
        page.Family("mesh_stream_live", "gauge", "Calls of gRPC under way that last: for a second or more, or with more than one message one way.");
        foreach (var (direction, cluster) in view.KnownClusters())
        {
            page.Sample(streams.Of(cluster.Statistics).Live, ("direction", direction.Word()), ("service", cluster.Name));
        }

        page.Family("mesh_stream_stalled", "gauge", "Calls of gRPC under way of which somebody has taken nothing for a second of what waits for it, by who that is.");
        foreach (var (direction, cluster) in view.KnownClusters())
        {
            var totals = streams.Of(cluster.Statistics);
            page.Sample(totals.HeldByCallers, ("direction", direction.Word()), ("service", cluster.Name), ("waits_for", "caller"));
            page.Sample(totals.HeldByEndpoints, ("direction", direction.Word()), ("service", cluster.Name), ("waits_for", "endpoint"));
        }

        page.Family("mesh_stream_messages_total", "counter", "Messages of calls of gRPC, those under way included: requests from callers, answers to them.");
        foreach (var (direction, cluster) in view.KnownClusters())
        {
            var totals = streams.Of(cluster.Statistics);
            page.Sample(totals.Requests, ("direction", direction.Word()), ("service", cluster.Name), ("way", "request"));
            page.Sample(totals.Answers, ("direction", direction.Word()), ("service", cluster.Name), ("way", "answer"));
        }
    }

    private void WriteViolations(PrometheusWriter page)
    {
        page.Family("mesh_protocol_violations_total", "counter", "What peers did that HTTP/2 forbids, or that only an attacker does.");
        foreach (var (side, counters) in (ReadOnlySpan<(string, ViolationCounters)>)
            [("downstream", view.DownstreamViolations), ("upstream", view.UpstreamViolations)])
        {
            foreach (var kind in Violations)
            {
                page.Sample(counters[kind], ("side", side), ("kind", Words.Of(kind)));
            }
        }
    }
}
