using Mesh.Sidecar.Flow;
using Mesh.Sidecar.Telemetry.Calls;

namespace Mesh.Sidecar.Readings;

/// <summary>
/// The streams of a loop by service, gone through when somebody asks: calls keep no list of themselves for it. Those that have ended count in
/// <see cref="ClusterStatistics"/>, the others where they are.
/// </summary>
internal sealed class StreamReadings
{
    public static readonly StreamReadings None = new([]);

    private readonly Dictionary<ClusterStatistics, StreamTotals> _all;

    private StreamReadings(Dictionary<ClusterStatistics, StreamTotals> all) => _all = all;

    /// <summary>Those of a service.</summary>
    public StreamTotals Of(ClusterStatistics service) => _all.GetValueOrDefault(service);

    public StreamReadings Plus(StreamReadings other)
    {
        if (_all.Count == 0)
        {
            return other;
        }

        var sum = new Dictionary<ClusterStatistics, StreamTotals>(_all);
        foreach (var (service, totals) in other._all)
        {
            sum[service] = sum.GetValueOrDefault(service).Plus(totals);
        }

        return new StreamReadings(sum);
    }

    /// <summary>On the worker's loop only.</summary>
    public static StreamReadings Of(SidecarView view, Worker worker)
    {
        var all = new Dictionary<ClusterStatistics, StreamTotals>();
        foreach (var (_, cluster) in view.KnownClusters())
        {
            var (requests, answers) = cluster.Statistics.MessagesOf(worker.Index);
            all[cluster.Statistics] = new StreamTotals(0, 0, 0, requests, answers);
        }

        ForEachCall(view, worker, call =>
        {
            if (call is { IsGrpc: true, Route.Asked.Statistics: { } service })
            {
                var (byCaller, byEndpoint) = LiveStream.HolderOf(call);
                all[service] = all.GetValueOrDefault(service).Plus(new StreamTotals(
                    LiveStream.Lasts(call) ? 1 : 0, byCaller ? 1 : 0, byEndpoint ? 1 : 0, call.Stream.Requests.Messages, call.Stream.Answers.Messages));
            }
        });
        return new StreamReadings(all);
    }

    /// <summary>Every call under way that came over a listener. On the worker's loop only.</summary>
    public static void ForEachCall(SidecarView view, Worker worker, Action<Exchange> look)
    {
        foreach (var listener in view.Listeners)
        {
            foreach (var connection in listener.ConnectionsOf(worker))
            {
                connection.ForEachStream(
                    static (stream, look) =>
                    {
                        if (LiveStream.CallOn(stream) is { } call)
                        {
                            look(call);
                        }
                    },
                    look);
            }
        }
    }
}
