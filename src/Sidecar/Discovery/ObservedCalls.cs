using Mesh.Resources.Rollouts;
using Mesh.Sidecar.Snapshot;
using Mesh.Sidecar.Telemetry.Calls;
using Api = Mesh.V1;

namespace Mesh.Sidecar.Discovery;

/// <summary>
/// One resource whose calls a control plane wants to be told of: what has come about since it was last told. What falls on a change of
/// the resource is left out, since it is of neither version. One caller at a time.
/// </summary>
/// <param name="observer">Who wants to know.</param>
/// <param name="find">The destination as it is now; null if nothing is known of it.</param>
internal sealed class ObservedCalls(string observer, Func<Cluster?> find)
{
    private readonly long[] _told = new long[LatencyScale.Count];
    private readonly long[] _now = new long[LatencyScale.Count];
    private ClusterStatistics? _statistics;
    private CallObservation? _observation;
    private long _failuresTold;
    private long? _version;

    public string Observer => observer;

    /// <summary>What is to be told; null if there is nothing.</summary>
    public Api.Signals? Tell()
    {
        if (find() is not { } cluster)
        {
            return null;
        }

        if (cluster.Statistics != _statistics)
        {
            // It was forgotten meanwhile, or this is the first look.
            End();
            _statistics = cluster.Statistics;
            _statistics.Observation = _observation = new CallObservation();
            _version = cluster.PolicyVersion;
            Array.Clear(_told);
            _failuresTold = 0;
            return null;
        }

        var signals = Difference();
        // After the counts were read: a change between the two is seen.
        var version = find()?.PolicyVersion;
        var isSteady = version == _version;
        _version = version;
        signals.Version = version ?? 0;
        return isSteady && signals.Calls != 0 ? signals : null;
    }

    /// <summary>Nobody wants to know any more.</summary>
    public void End()
    {
        if (_statistics is { } statistics && statistics.Observation == _observation)
        {
            statistics.Observation = null;
        }
    }

    private Api.Signals Difference()
    {
        var failures = 0L;
        Array.Clear(_now);
        _observation!.AddTo(ref failures, _now);
        var signals = new Api.Signals { Observer = observer };
        for (var i = 0; i < _now.Length; i++)
        {
            if (_now[i] - _told[i] is > 0 and var count)
            {
                signals.Latencies.Add(new Api.LatencyCount { Index = (uint)i, Count = (ulong)count });
                signals.Calls += (ulong)count;
            }
        }

        signals.Failures = (ulong)(failures - _failuresTold);
        _now.CopyTo(_told, 0);
        _failuresTold = failures;
        return signals;
    }
}
