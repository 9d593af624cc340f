using System.Diagnostics;
using System.Globalization;
using Mesh.Bench.Load.Cases;
using Mesh.Bench.Load.Proxies;

namespace Mesh.Bench.Load.Measuring;

/// <summary>Asks a warm sidecar's /metrics how much it has allocated and for how many locks it has waited, before and after 100,000 calls.</summary>
internal static class AllocationMeter
{
    private const int Calls = 100_000;
    private const string AllocatedBytes = "dotnet_gc_allocated_bytes_total";
    private const string LockContentions = "dotnet_monitor_lock_contentions_total";

    private static readonly LoadCase OverHttp2 = KnownCases.All.First(load => load.Name == "10x10");
    private static readonly LoadCase OverHttp1 = KnownCases.All.First(load => load.Name == "h1-50");

    /// <summary>A sidecar with one loop, in either protocol, and one with two, which have something to wait for each other for.</summary>
    public static async Task<IReadOnlyList<AllocationSample>> RunAsync(Session session, string sidecar, CancellationToken stop) =>
    [
        await RunAsync(session, sidecar, OverHttp2, 1, stop),
        await RunAsync(session, sidecar, OverHttp2, 2, stop),
        await RunAsync(session, sidecar, OverHttp1, 1, stop),
    ];

    private static async Task<AllocationSample> RunAsync(Session session, string path, LoadCase load, int loops, CancellationToken stop)
    {
        session.Progress.Say($"allocations of the sidecar with {loops} event loops over {Calls} calls of {load.Name}");
        var sidecar = new Sidecar(path, loops);
        await using var running = await session.StartAsync(sidecar, session.Setting, stop);
        await running.Process!.ReadyAsync(stop);
        await WarmUp.RunAsync(session, running, [load], stop);
        using var http = new HttpClient { BaseAddress = new Uri($"http://{running.Process.Listener("admin")}") };
        _ = await ReadAsync(http, AllocatedBytes, stop); // the page itself, the first time

        var waits = await ReadAsync(http, LockContentions, stop);
        var start = await ReadAsync(http, AllocatedBytes, stop);
        var began = Stopwatch.GetTimestamp();
        var result = await session.LoadAsync(running, load, Calls, stop);
        var took = Stopwatch.GetElapsedTime(began);
        var end = await ReadAsync(http, AllocatedBytes, stop);
        waits = await ReadAsync(http, LockContentions, stop) - waits;
        if (result.Succeeded != Calls)
        {
            throw new BenchFailedException($"the sidecar answered {result.Succeeded} of {Calls} calls");
        }

        await Task.Delay(took, stop);
        return new AllocationSample(load.Name, loops, Calls, end - start, await ReadAsync(http, AllocatedBytes, stop) - end, waits);
    }

    private static async Task<long> ReadAsync(HttpClient http, string metric, CancellationToken stop)
    {
        var page = await http.GetStringAsync(new Uri("/metrics", UriKind.Relative), stop);
        var line = page.Split('\n').FirstOrDefault(line => line.StartsWith(metric + " ", StringComparison.Ordinal))
            ?? throw new BenchFailedException($"the sidecar's /metrics has no {metric}");
        return (long)double.Parse(line[(metric.Length + 1)..], CultureInfo.InvariantCulture);
    }
}
