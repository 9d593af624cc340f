using Mesh.Sidecar.Readings;
using Mesh.Sidecar.Telemetry.Calls;

namespace Mesh.Sidecar.Telemetry.Export;

/// <summary>
/// The last reading of each loop: the SDK asks for values on its own thread and waits for them, so they are taken ahead.
/// </summary>
internal sealed class LatestReadings(SidecarView view)
{
    private readonly LoopReading[] _last = [.. view.Workers.Select(_ => LoopReading.None)];

    public LoopReading Sum
    {
        get
        {
            var sum = LoopReading.None;
            for (var i = 0; i < _last.Length; i++)
            {
                sum = sum.Plus(Volatile.Read(ref _last[i]));
            }

            return sum;
        }
    }

    /// <summary>The streams of a service, over all loops.</summary>
    public StreamTotals StreamsOf(ClusterStatistics service)
    {
        var sum = default(StreamTotals);
        for (var i = 0; i < _last.Length; i++)
        {
            sum = sum.Plus(Volatile.Read(ref _last[i]).Streams.Of(service));
        }

        return sum;
    }

    /// <summary>Asks each loop; the answers come when they come.</summary>
    public void Refresh()
    {
        foreach (var worker in view.Workers)
        {
            worker.Loop.Post(() => Volatile.Write(ref _last[worker.Index], LoopReading.Of(view, worker)));
        }
    }
}
