using System.Diagnostics.Metrics;
using Mesh.Sidecar.Readings;
using Mesh.Sidecar.Snapshot;
using Mesh.Sidecar.Telemetry.Calls;
using Mesh.Sidecar.Terms;
using Mesh.Sidecar.Upstream;

namespace Mesh.Sidecar.Telemetry.Export;

/// <summary>
/// The mesh's instruments by service, endpoint and outcome; read when an export is due. Counters count from when they were made, as
/// the SDK tells the collector (<see cref="ExpiringSeries"/> makes them anew once in a while).
/// </summary>
internal sealed class ClusterInstruments
{
    private readonly Func<IEnumerable<(Direction Direction, Cluster Cluster)>> _clusters;
    private readonly Func<ClusterStatistics, StreamTotals> _streams;
    private readonly HashSet<string> _reported = new(StringComparer.Ordinal);
    private readonly Lock _gate = new();

    /// <param name="meter">Has them until it is disposed.</param>
    /// <param name="clusters">Those there are.</param>
    /// <param name="streams">The streams of a service.</param>
    /// <param name="now">The time, in the loops' ticks.</param>
    public ClusterInstruments(
        Meter meter, Func<IEnumerable<(Direction Direction, Cluster Cluster)>> clusters, Func<ClusterStatistics, StreamTotals> streams, Func<long> now)
    {
        _clusters = clusters;
        _streams = streams;
        meter.CreateObservableUpDownCounter(
            "mesh.calls.in_flight", () => Told(PerCluster(c => c.Limit.Requests)), "{call}", "Calls under way.");
        Count(meter, "mesh.attempts", () => PerCluster(c => c.Statistics.Attempts), "{attempt}", "Tries on an endpoint, the first of each call included.");
        Count(meter, "mesh.attempt.outcomes", PerOutcome, "{attempt}", "Attempts that have ended, by how.");
        Count(meter, "mesh.hedges", () => PerCluster(c => c.Statistics.Hedges), "{attempt}", "Attempts beside others of a call that were under way.");
        Count(meter, "mesh.retries", () => PerCluster(c => c.Statistics.Retries), "{attempt}", "Tries after the first of a call.");
        meter.CreateObservableGauge(
            "mesh.retry_budget", () => Told(PerCluster(c => (long)c.DefaultRoute.Budget.Available(now()))), "{attempt}", "Retries that the service's budget allows now.");
        Count(meter, "mesh.retry_budget.exhausted", () => PerCluster(c => c.Statistics.BudgetExhausted), "{attempt}", "Retries that the policy wanted and the service's budget refused.");
        meter.CreateObservableGauge(
            "mesh.endpoint.healthy", () => Told(PerEndpoint(e => e.State.Model.IsHealthy ? 1 : 0)), "1", "1 if discovery says that the endpoint may be picked.");
        meter.CreateObservableUpDownCounter(
            "mesh.endpoint.in_flight", () => Told(PerEndpoint(e => e.State.Load.InFlight)), "{attempt}", "Attempts under way on the endpoint.");
        Count(meter, "mesh.endpoint.failures", () => PerEndpoint(e => e.State.Load.Failures), "{attempt}", "Attempts whose failure was the endpoint's, or its server's.");
        meter.CreateObservableGauge(
            "mesh.breaker.state", () => Told(PerEndpoint(e => (long)e.State.Breaker.StateAt(now()))), "1", "0 closed, 1 open, 2 half open.");
        Count(meter, "mesh.breaker.opened", () => PerEndpoint(e => e.State.Breaker.Opened), "{opening}", "How often the endpoint's breaker has opened.");
        Count(meter, "mesh.breaker.closed", () => PerEndpoint(e => e.State.Breaker.Closed), "{closing}", "How often the endpoint's breaker has closed.");
        Count(meter, "mesh.breaker.ejected", () => PerEndpoint(e => e.State.Breaker.Ejected), "{opening}", "How often it has opened since its endpoint did worse than others.");
        meter.CreateObservableUpDownCounter(
            "mesh.stream.live", () => Told(PerCluster(c => _streams(c.Statistics).Live)), "{stream}", "Calls of gRPC under way that last.");
        meter.CreateObservableUpDownCounter(
            "mesh.stream.stalled", () => Told(PerStreamTotal("mesh.waits_for", ("caller", s => s.HeldByCallers), ("endpoint", s => s.HeldByEndpoints))), "{stream}", "Those of which somebody has taken nothing for a second of what waits for it.");
        Count(meter, "mesh.stream.messages", () => PerStreamTotal("mesh.way", ("request", s => s.Requests), ("answer", s => s.Answers)), "{message}", "Messages of calls of gRPC, those under way included.");
        Count(meter, "mesh.breaker.overflow", () => PerEndpoint(e => e.State.Breaker.Overflows), "{opening}", "How often it would have opened, but as many endpoints were out as may be.");
    }

    /// <summary>Whether there are label sets among those reported that nothing stands for any more.</summary>
    public bool HasStale
    {
        get
        {
            HashSet<string> current = [.. PerEndpoint(_ => 0).Concat(PerCluster(_ => 0)).Concat(PerOutcome()).Concat(PerStreamTotal("mesh.waits_for", ("caller", _ => 0), ("endpoint", _ => 0))).Concat(PerStreamTotal("mesh.way", ("request", _ => 0), ("answer", _ => 0))).Select(KeyOf)];
            lock (_gate)
            {
                return _reported.Any(key => !current.Contains(key));
            }
        }
    }

    private void Count(Meter meter, string name, Func<List<Measurement<long>>> read, string unit, string description)
    {
        var before = new Dictionary<string, long>(StringComparer.Ordinal);
        foreach (var measurement in read())
        {
            before[KeyOf(measurement)] = measurement.Value;
        }

        meter.CreateObservableCounter(name, () => Told(read()).Select(measurement => Since(before, measurement)), unit, description);
    }

    /// <summary>What has been counted since; all of it if the count has begun anew in the meantime.</summary>
    private static Measurement<long> Since(Dictionary<string, long> before, Measurement<long> read) =>
        before.TryGetValue(KeyOf(read), out var then) && then <= read.Value ? new Measurement<long>(read.Value - then, read.Tags) : read;

    private List<Measurement<long>> Told(List<Measurement<long>> measurements)
    {
        lock (_gate)
        {
            _reported.UnionWith(measurements.Select(KeyOf));
        }

        return measurements;
    }

    private static string KeyOf(Measurement<long> measurement)
    {
        var key = "";
        foreach (var tag in measurement.Tags)
        {
            key += $"{tag.Value}\n";
        }

        return key;
    }

    private List<Measurement<long>> PerCluster(Func<Cluster, long> value)
    {
        var all = new List<Measurement<long>>();
        foreach (var (direction, cluster) in _clusters())
        {
            all.Add(new Measurement<long>(
                value(cluster), new("mesh.direction", direction.Word()), new("mesh.service", cluster.Name)));
        }

        return all;
    }

    private List<Measurement<long>> PerStreamTotal(string label, params (string Word, Func<StreamTotals, long> Value)[] parts)
    {
        var all = new List<Measurement<long>>();
        foreach (var (direction, cluster) in _clusters())
        {
            var totals = _streams(cluster.Statistics);
            foreach (var (word, value) in parts)
            {
                all.Add(new Measurement<long>(
                    value(totals), new("mesh.direction", direction.Word()), new("mesh.service", cluster.Name), new(label, word)));
            }
        }

        return all;
    }

    private List<Measurement<long>> PerOutcome()
    {
        var all = new List<Measurement<long>>();
        foreach (var (direction, cluster) in _clusters())
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

    private List<Measurement<long>> PerEndpoint(Func<Endpoint, long> value)
    {
        var all = new List<Measurement<long>>();
        foreach (var (direction, cluster) in _clusters())
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
}
