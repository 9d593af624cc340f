using Mesh.Bench.Load.Cases;
using Mesh.Bench.Load.Proxies;

namespace Mesh.Bench.Load.Measuring;

/// <summary>
/// All proxies take turns at each case in each round, so that whatever else the machine does falls on all of them alike;
/// who begins changes from round to round. Cases that want the proxies set up otherwise come after the others.
/// </summary>
internal static class Rounds
{
    public static async Task<IReadOnlyList<Sample>> RunAsync(Session session, IReadOnlyList<Proxy> proxies, CancellationToken stop)
    {
        var samples = new List<Sample>();
        foreach (var cases in session.Options.Cases.GroupBy(load => load.Setup))
        {
            samples.AddRange(await RunAsync(session, proxies, cases.Key, [.. cases], stop));
        }

        return samples;
    }

    private static async Task<IReadOnlyList<Sample>> RunAsync(
        Session session, IReadOnlyList<Proxy> proxies, Setup setup, IReadOnlyList<LoadCase> cases, CancellationToken stop)
    {
        var samples = new List<Sample>();
        var running = new List<RunningProxy>();
        try
        {
            var identity = setup.HasTls ? BenchIdentity.Write(session.Setting.Folder) : null;
            foreach (var proxy in proxies.Where(proxy => proxy.DoesTls || !setup.HasTls))
            {
                session.Progress.Say($"starting and warming up {proxy.Name} ({setup})");
                var one = await session.StartAsync(proxy, session.Setting with { Setup = setup, Identity = identity }, stop);
                running.Add(one);
                await WarmUp.RunAsync(session, one, cases, stop);
            }

            var meter = new CaseMeter(session);
            for (var round = 1; round <= session.Options.Rounds; round++)
            {
                foreach (var load in cases)
                {
                    session.Progress.Say($"round {round} of {session.Options.Rounds}: {load.Name}");
                    for (var i = 0; i < running.Count; i++)
                    {
                        var proxy = running[(i + round) % running.Count];
                        if (await meter.MeasureAsync(proxy, proxy.Name, load, round, stop) is { } sample)
                        {
                            samples.Add(sample);
                        }
                    }
                }
            }

            return samples;
        }
        finally
        {
            foreach (var proxy in running)
            {
                await proxy.DisposeAsync();
            }
        }
    }
}
