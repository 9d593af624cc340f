using System.Globalization;
using Mesh.Bench.Load.Cases;
using Mesh.Bench.Load.Processes;
using Mesh.Bench.Load.Proxies;

namespace Mesh.Bench.Load.Measuring;

/// <summary>The sidecar's cost as one thing grows and all else stays; its members take turns in each round, as proxies do.</summary>
internal static class ScaleSeries
{
    private static readonly LoadCase TenByTen = KnownCases.All.First(load => load.Name == "10x10");

    /// <summary>
    /// With many calls at a time more connections would mean fewer calls to each read and write, and it would be that which
    /// is measured.
    /// </summary>
    private static readonly LoadCase Single = TenByTen with { OneAtATime = true };

    /// <summary>The members of a series, the smallest first.</summary>
    public static IReadOnlyList<SeriesMember> Members(Extra series, string sidecar)
    {
        if (series == Extra.ScaleConnections)
        {
            var one = new Sidecar(sidecar);
            return [.. from size in (int[])[1, 10, 100, 1_000]
                       let load = Single with { Name = series.Name, Connections = size }
                       select new SeriesMember(Count(size, "connection"), one, load)];
        }

        if (series == Extra.ScaleEndpoints)
        {
            // Each endpoint has a connection of its own to be made first.
            return [.. from size in (int[])[1, 100, 10_000]
                       select new SeriesMember(Count(size, "endpoint"), new Sidecar(sidecar, topology: new Topology(1, size)), Single with { Name = series.Name }, 12 * size)];
        }

        // Cores: as much for each loop. In a closed loop a second one would take the core from load generator and backend; what is
        // offered leaves room, and the cost of a call shows whether loops get into each other's way.
        return series == Extra.ScaleServices
            ? [.. from size in (int[])[1, 1_000, 10_000]
                  select new SeriesMember(Count(size, "service"), new Sidecar(sidecar, topology: new Topology(size, 1)), TenByTen with { Name = series.Name })]
            : [.. from size in (int[])[1, 2]
                  let load = TenByTen with { Name = series.Name, Connections = 10 * size, Streams = 0, Rate = 10_000 * size }
                  select new SeriesMember(Count(size, "loop"), new Sidecar(sidecar, size), load)];
    }

    public static async Task<IReadOnlyList<Sample>> RunAsync(Session session, Extra series, CancellationToken stop)
    {
        // Loops on one core would only get into each other's way.
        var setting = series == Extra.ScaleCores ? session.Setting with { Pinning = Pinning.Off } : session.Setting;
        var members = Members(series, session.Options.Sidecar);
        var running = new Dictionary<Proxy, RunningProxy>();
        var samples = new List<Sample>();
        try
        {
            foreach (var member in members)
            {
                if (!running.ContainsKey(member.Sidecar))
                {
                    session.Progress.Say($"{series.Name}: starting and warming up {member.Name}");
                    running[member.Sidecar] = await session.StartAsync(member.Sidecar, setting, stop);
                    await WarmUp.RunAsync(session, running[member.Sidecar], [TenByTen, member.Load], stop, member.WarmCalls);
                }
            }

            var meter = new CaseMeter(session);
            for (var round = 1; round <= session.Options.Rounds; round++)
            {
                session.Progress.Say($"{series.Name}: round {round} of {session.Options.Rounds}");
                foreach (var member in members)
                {
                    if (await meter.MeasureAsync(running[member.Sidecar], member.Name, member.Load, round, stop) is { } sample)
                    {
                        samples.Add(sample);
                    }
                }
            }

            return samples;
        }
        finally
        {
            foreach (var one in running.Values)
            {
                await one.DisposeAsync();
            }
        }
    }

    private static string Count(int size, string what) =>
        size.ToString("N0", CultureInfo.InvariantCulture) + " " + what + (size == 1 ? "" : "s");
}
