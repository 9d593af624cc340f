using System.Diagnostics;
using Mesh.Bench.Load.Cases;
using Mesh.Bench.Load.Processes;
using Mesh.Bench.Load.Proxies;

namespace Mesh.Bench.Load.Measuring;

/// <summary>Starts fresh processes: how soon the first call is answered, and what memory they take, idle and loaded.</summary>
internal static class StartMeter
{
    private static readonly TimeSpan Settle = TimeSpan.FromSeconds(1.5);

    private static readonly LoadCase Load = KnownCases.All.First(load => load.Name == "10x10");

    public static async Task<IReadOnlyList<StartSample>> RunAsync(Session session, IReadOnlyList<Proxy> proxies, CancellationToken stop)
    {
        var samples = new List<StartSample>();
        for (var round = 1; round <= session.Options.Rounds; round++)
        {
            session.Progress.Say($"round {round} of {session.Options.Rounds}: start and memory");
            foreach (var proxy in proxies)
            {
                samples.Add(await MeasureAsync(session, proxy, round, stop));
            }
        }

        return samples;
    }

    private static async Task<StartSample> MeasureAsync(Session session, Proxy proxy, int round, CancellationToken stop)
    {
        var began = Stopwatch.GetTimestamp();
        await using var running = await session.StartAsync(proxy, session.Setting, stop);
        var answered = Stopwatch.GetElapsedTime(began);
        await Task.Delay(Settle, stop);
        var idle = ProcStat.Memory(running.Pids());

        var rate = (await session.LoadAsync(running, Load, 2_000, stop)).PerSecond;
        // A cold process speeds up: this lasts for a while even so.
        var load = session.LoadAsync(running, Load, (int)(2 * rate * session.Options.Duration.TotalSeconds), stop);
        await Task.WhenAny(load, Task.Delay(session.Options.Duration / 2, stop));
        var loaded = ProcStat.Memory(running.Pids());
        await load;
        return new StartSample(proxy.Name, round, answered.TotalMilliseconds, idle, loaded);
    }
}
