using System.Diagnostics;
using System.Globalization;
using Mesh.Bench.Load.Cases;
using Mesh.Bench.Load.Proxies;

namespace Mesh.Bench.Load.Measuring;

/// <summary>Asks a warm sidecar's /metrics how much it has allocated, before and after 100,000 calls.</summary>
internal static class AllocationMeter
{
    private const int Calls = 100_000;
    private const string Metric = "dotnet_gc_allocated_bytes_total";

    private static readonly LoadCase Load = KnownCases.All.First(load => load.Name == "10x10");

    public static async Task<AllocationSample> RunAsync(Session session, Proxy sidecar, CancellationToken stop)
    {
        session.Progress.Say($"allocations of the sidecar over {Calls} calls");
        await using var running = await session.StartAsync(sidecar, session.Setting, stop);
        await running.Process!.ReadyAsync(stop);
        await WarmUp.RunAsync(session, running, [Load], stop);
        using var http = new HttpClient { BaseAddress = new Uri($"http://{running.Process.Listener("admin")}") };
        _ = await AllocatedAsync(http, stop); // the page itself, the first time

        var start = await AllocatedAsync(http, stop);
        var began = Stopwatch.GetTimestamp();
        var result = await session.LoadAsync(running, Load, Calls, stop);
        var took = Stopwatch.GetElapsedTime(began);
        var end = await AllocatedAsync(http, stop);
        if (result.Succeeded != Calls)
        {
            throw new BenchFailedException($"the sidecar answered {result.Succeeded} of {Calls} calls");
        }

        await Task.Delay(took, stop);
        return new AllocationSample(Calls, end - start, await AllocatedAsync(http, stop) - end);
    }

    private static async Task<long> AllocatedAsync(HttpClient http, CancellationToken stop)
    {
        var page = await http.GetStringAsync(new Uri("/metrics", UriKind.Relative), stop);
        var line = page.Split('\n').FirstOrDefault(line => line.StartsWith(Metric + " ", StringComparison.Ordinal))
            ?? throw new BenchFailedException($"the sidecar's /metrics has no {Metric}");
        return (long)double.Parse(line[(Metric.Length + 1)..], CultureInfo.InvariantCulture);
    }
}
