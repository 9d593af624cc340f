using Mesh.Bench.Load.Processes;
using Mesh.Bench.Load.Proxies;

namespace Mesh.Bench.Load.Measuring;

/// <summary>Opens 10,000 connections, makes a call on each, and looks what they cost once they are idle.</summary>
internal static class IdleMeter
{
    private const int Connections = 10_000;

    private static readonly TimeSpan Settle = TimeSpan.FromSeconds(1);

    public static async Task<IReadOnlyList<IdleSample>> RunAsync(Session session, IReadOnlyList<Proxy> proxies, CancellationToken stop)
    {
        var samples = new List<IdleSample>();
        foreach (var proxy in proxies)
        {
            session.Progress.Say($"{Connections} idle connections: {proxy.Name}");
            await using var running = await session.StartAsync(proxy, session.Setting, stop);
            await Task.Delay(Settle, stop);
            var before = ProcStat.Memory(running.Pids());
            try
            {
                await using var idle = await session.OpenIdleAsync(running, Connections, stop);
                await Task.Delay(Settle, stop);
                samples.Add(new IdleSample(proxy.Name, Connections, before, ProcStat.Memory(running.Pids())));
            }
            catch (Exception e) when (e is BenchFailedException or TimeoutException)
            {
                session.Progress.Say($"{proxy.Name} does not take {Connections} connections: {e.Message}");
            }
        }

        return samples;
    }
}
