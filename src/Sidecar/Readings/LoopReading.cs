using Mesh.Sidecar.Flow;
using Mesh.Wire.Streams;

namespace Mesh.Sidecar.Readings;

/// <summary>What one loop has under way, counted on that loop.</summary>
/// <param name="Downstream">Connections of callers.</param>
/// <param name="DownstreamHttp1">Those of them that speak HTTP/1.1.</param>
/// <param name="Upstream">Connections to endpoints.</param>
/// <param name="UpstreamHttp1">Those of them that speak HTTP/1.1.</param>
/// <param name="DownstreamStreams">Streams of callers.</param>
/// <param name="UpstreamStreams">Streams to endpoints.</param>
/// <param name="Waiting">Attempts that wait for a connection.</param>
/// <param name="Turns">Turns of the loop so far.</param>
internal sealed record LoopReading(int Downstream, int DownstreamHttp1, int Upstream, int UpstreamHttp1, int DownstreamStreams, int UpstreamStreams, int Waiting, long Turns)
{
    public static readonly LoopReading None = new(0, 0, 0, 0, 0, 0, 0, 0);

    /// <summary>Streams by service.</summary>
    public StreamReadings Streams { get; private init; } = StreamReadings.None;

    /// <summary>A loop that does not answer by then is left out: a page about what hangs must not hang.</summary>
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(2);

    public LoopReading Plus(LoopReading other) => new(
        Downstream + other.Downstream,
        DownstreamHttp1 + other.DownstreamHttp1,
        Upstream + other.Upstream,
        UpstreamHttp1 + other.UpstreamHttp1,
        DownstreamStreams + other.DownstreamStreams,
        UpstreamStreams + other.UpstreamStreams,
        Waiting + other.Waiting,
        Turns + other.Turns)
    {
        Streams = Streams.Plus(other.Streams),
    };

    /// <summary>On the worker's loop only.</summary>
    public static LoopReading Of(SidecarView view, Worker worker)
    {
        int downstream = 0, downstreamHttp1 = 0, downstreamStreams = 0, upstream = 0, upstreamHttp1 = 0, upstreamStreams = 0, waiting = 0;
        foreach (var listener in view.Listeners)
        {
            foreach (var connection in listener.ConnectionsOf(worker))
            {
                downstream++;
                downstreamHttp1 += connection.Protocol == Protocol.Http1 ? 1 : 0;
                downstreamStreams += connection.OpenStreams;
            }
        }

        foreach (var connections in worker.Connections.All)
        {
            waiting += connections.WaitingCount;
            foreach (var pooled in connections.All)
            {
                upstream++;
                upstreamHttp1 += pooled.Connection.Protocol == Protocol.Http1 ? 1 : 0;
                upstreamStreams += pooled.Connection.OpenStreams;
            }
        }

        return new LoopReading(downstream, downstreamHttp1, upstream, upstreamHttp1, downstreamStreams, upstreamStreams, waiting, worker.Loop.Turns)
        {
            Streams = StreamReadings.Of(view, worker),
        };
    }

    /// <summary>Runs a reading on every loop and gives what came in time, with the worker's number.</summary>
    public static async Task<IReadOnlyList<(int Worker, T Reading)>> OfAllAsync<T>(SidecarView view, Func<Worker, T> read)
    {
        var readings = await Task.WhenAll(view.Workers.Select(worker => OfOneAsync(view, worker, read)));
        return [.. readings.Where(r => r.InTime).Select(r => (r.Worker, r.Reading!))];
    }

    private static async Task<(bool InTime, int Worker, T? Reading)> OfOneAsync<T>(SidecarView view, Worker worker, Func<Worker, T> read)
    {
        T? reading = default;
        var taken = worker.Loop.InvokeAsync(() => reading = read(worker));
        try
        {
            await taken.WaitAsync(Limit, view.Time);
            return (true, worker.Index, reading);
        }
        catch (TimeoutException)
        {
            return (false, worker.Index, default);
        }
    }
}
