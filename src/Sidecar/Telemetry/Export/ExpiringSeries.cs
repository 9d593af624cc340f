using System.Diagnostics.Metrics;
using Mesh.Sidecar.Readings;
using Mesh.Sidecar.Snapshot;
using Mesh.Sidecar.Telemetry.Calls;
using Mesh.Sidecar.Terms;

namespace Mesh.Sidecar.Telemetry.Export;

/// <summary>
/// The instruments whose label sets come and go. The SDK forgets none for as long as a cumulative instrument lasts, and services,
/// endpoints and methods do not: so once there are label sets that nobody has used for long, all that was counted is exported and
/// the instruments are made anew. Every series then begins at zero, with a start time that says so, as after a restart of the process;
/// those that are not used are gone (docs/adr/0031). For one thread.
/// </summary>
internal sealed class ExpiringSeries
{
    private readonly Func<IEnumerable<(Direction Direction, Cluster Cluster)>> _known;
    private readonly Func<ClusterStatistics, StreamTotals> _streams;
    private readonly Func<long> _now;
    private readonly Action _flush;
    private Meter _meter;
    private CallHistograms _calls;
    private ClusterInstruments _clusters;
    private long _madeAt;

    /// <param name="known">The destinations that there are.</param>
    /// <param name="streams">The streams of a service.</param>
    /// <param name="now">The time, in the loops' ticks.</param>
    /// <param name="flush">Exports what there is, and waits for it, in a bounded time.</param>
    public ExpiringSeries(
        Func<IEnumerable<(Direction Direction, Cluster Cluster)>> known, Func<ClusterStatistics, StreamTotals> streams, Func<long> now, Action flush)
    {
        _streams = streams;
        _known = known;
        _now = now;
        _flush = flush;
        (_meter, _calls, _clusters) = Make();
    }

    /// <summary>Takes in one call.</summary>
    public void Record(Direction direction, in CallRecord call) => _calls.Record(direction, call, _now());

    /// <summary>Makes all anew if there are label sets to be forgotten; at most once in <see cref="ClusterStatistics.IdleTime"/>.</summary>
    public void ForgetIdle()
    {
        var now = _now();
        if (now - _madeAt <= ClusterStatistics.IdleTime.Ticks || !(_calls.HasIdle(now) || _clusters.HasStale))
        {
            return;
        }

        // In this order: the last word of the old ones is exported before the new ones, of the same names, have any.
        _meter.Dispose();
        _flush();
        (_meter, _calls, _clusters) = Make();
    }

    private (Meter Meter, CallHistograms Calls, ClusterInstruments Clusters) Make()
    {
        _madeAt = _now();
        var meter = new Meter(CallRecorder.MeterName);
        return (meter, new CallHistograms(meter), new ClusterInstruments(meter, _known, _streams, _now));
    }
}
