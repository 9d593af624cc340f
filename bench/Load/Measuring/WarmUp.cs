using System.Diagnostics;
using Mesh.Bench.Load.Cases;
using Mesh.Bench.Load.Proxies;

namespace Mesh.Bench.Load.Measuring;

/// <summary>Calls until what compiles as it runs has compiled what is hot.</summary>
internal static class WarmUp
{
    private const int Calls = 5_000;

    private static readonly string[] Cases = ["10x10", "50x1", "10x10-10k"];

    /// <param name="session">The run.</param>
    /// <param name="proxy">Which one.</param>
    /// <param name="stop">Cancels.</param>
    /// <param name="atLeast">So many calls, however long they take.</param>
    public static async Task RunAsync(Session session, RunningProxy proxy, CancellationToken stop, int atLeast = 0)
    {
        var began = Stopwatch.GetTimestamp();
        var duration = proxy.Proxy.IsJitted || proxy.Process is null ? session.Options.WarmUp : TimeSpan.FromSeconds(0.3);
        for (var i = 0; Stopwatch.GetElapsedTime(began) < duration || i * Calls < atLeast; i++)
        {
            var load = KnownCases.All.First(one => one.Name == Cases[i % Cases.Length]);
            await session.LoadAsync(proxy, load, Calls, stop);
        }
    }
}
