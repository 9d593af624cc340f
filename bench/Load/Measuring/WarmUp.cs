using System.Diagnostics;
using Mesh.Bench.Load.Cases;
using Mesh.Bench.Load.Proxies;

namespace Mesh.Bench.Load.Measuring;

/// <summary>Calls of all cases in turn until what compiles as it runs has compiled what is hot.</summary>
internal static class WarmUp
{
    /// <summary>Of one case at a time, so that each has its turn several times.</summary>
    private const double TurnSeconds = 0.25;

    private const int FirstTurn = 200;

    /// <summary>For what has nothing to compile: connections are made, memory is touched.</summary>
    private static readonly TimeSpan Native = TimeSpan.FromSeconds(0.3);

    /// <param name="session">The run.</param>
    /// <param name="proxy">Which one.</param>
    /// <param name="loads">The cases that it is measured at.</param>
    /// <param name="stop">Cancels.</param>
    /// <param name="atLeast">So many calls, however long they take.</param>
    public static async Task RunAsync(
        Session session, RunningProxy proxy, IReadOnlyList<LoadCase> loads, CancellationToken stop, int atLeast = 0)
    {
        // The backend compiles as it runs as well, and is warmed up directly.
        var duration = proxy.Proxy.IsJitted || proxy.Process is null ? session.Options.WarmUp : Native;
        var rates = new double[loads.Count];
        var began = Stopwatch.GetTimestamp();
        var made = 0;
        for (var i = 0; Stopwatch.GetElapsedTime(began) < duration || made < atLeast; i = (i + 1) % loads.Count)
        {
            var calls = Math.Max(FirstTurn, (int)(rates[i] * TurnSeconds));
            rates[i] = (await session.LoadAsync(proxy, loads[i], calls, stop)).PerSecond;
            made += calls;
        }
    }
}
