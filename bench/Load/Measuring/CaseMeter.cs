using Mesh.Bench.Load.Cases;
using Mesh.Bench.Load.Processes;
using Mesh.Bench.Load.Proxies;

namespace Mesh.Bench.Load.Measuring;

/// <summary>Measures one proxy at one case, once per call.</summary>
internal sealed class CaseMeter(Session session)
{
    /// <summary>Long enough for caches and connections, too short to matter.</summary>
    private const double WarmSeconds = 0.2;

    private const int FirstGuess = 500;

    /// <summary>Calls per second of each proxy at each case, as last seen.</summary>
    private readonly Dictionary<(string Proxy, string Case), double> _rates = [];

    /// <param name="proxy">Which one.</param>
    /// <param name="member">Its name in the report.</param>
    /// <param name="load">The case.</param>
    /// <param name="round">Counted from 1.</param>
    /// <param name="stop">Cancels.</param>
    /// <returns>Null, and said why, if it did not carry out every call.</returns>
    public async Task<Sample?> MeasureAsync(RunningProxy proxy, string member, LoadCase load, int round, CancellationToken stop)
    {
        var key = (member, load.Name);
        var warm = await session.LoadAsync(proxy, load, Calls(_rates.GetValueOrDefault(key), WarmSeconds, load), stop);
        _rates[key] = warm.PerSecond;
        var calls = Calls(warm.PerSecond, session.Options.Duration.TotalSeconds, load);

        var pids = proxy.Pids();
        var answered = await session.Backend.AnsweredAsync();
        var backend = session.Backend.Cpu;
        var before = ProcStat.Cpu(pids);
        var result = await session.LoadAsync(proxy, load, calls, stop);
        var cpu = ProcStat.Cpu(pids) - before;
        var backendCpu = session.Backend.Cpu - backend;
        var reached = await session.Backend.AnsweredAsync() - answered;

        // An error is cheap. Only what the backend has answered counts, and one that is missing voids the measurement.
        if (result.Failed > 0 || reached != calls)
        {
            session.Progress.Say($"{load.Name}, {member}: void, {result.Failed} of {calls} calls failed and {reached} reached the backend");
            return null;
        }

        return new Sample
        {
            Case = load.Name,
            Proxy = member,
            Round = round,
            Calls = calls,
            Seconds = result.Seconds,
            UserMicros = cpu.User * 1e6 / calls,
            SystemMicros = cpu.System * 1e6 / calls,
            BackendBusy = backendCpu.Total / result.Seconds,
            P50 = load.HasLatency ? result.Latency(0.5) : null,
            P99 = load.HasLatency ? result.Latency(0.99) : null,
        };
    }

    private static int Calls(double perSecond, double seconds, LoadCase load) =>
        // A proxy is idle most of such a run: for as many ticks of CPU time it must last longer.
        load.Rate > 0 ? (int)(load.Rate * seconds * 3)
        : Math.Max(load.Connections * load.Streams * 2, perSecond > 0 ? (int)(perSecond * seconds) : FirstGuess);
}
