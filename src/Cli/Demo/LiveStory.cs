using Mesh.Cli.Processes;
using Mesh.V1;

namespace Mesh.Cli.Demo;

/// <summary>What happens in the live demo apart from the load: an instance is killed, leaves the registry, comes back.</summary>
/// <param name="mesh">Whose instance it is.</param>
/// <param name="registry">Shows that it is gone.</param>
/// <param name="news">Where the story is told.</param>
/// <param name="totals">The calls made so far, and the failures among them.</param>
/// <param name="time">Measures the pauses.</param>
internal sealed class LiveStory(
    DemoMesh mesh, RegistryView registry, NewsFeed news, Func<(long Calls, long Failures)> totals, TimeProvider time)
{
    private static readonly TimeSpan UntilKill = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan UntilRestart = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(3);

    public async Task RunAsync(CancellationToken stop)
    {
        var victim = Topology.Victim;
        await Task.Delay(UntilKill, time, stop);
        var before = totals();
        var killed = time.GetTimestamp();
        await mesh.KillAsync(victim);
        news.Add($"killed {victim.Name} and its sidecar (kill -9)");

        var gone = await registry.UntilAsync(instances => instances.All(instance => instance.Id != victim.Name), Limit, stop);
        news.Add(gone
            ? $"the registry dropped {victim.Name} after {time.GetElapsedTime(killed).TotalSeconds:0.0} s"
            : $"the registry still has {victim.Name}");
        await Task.Delay(UntilRestart, time, stop);
        var after = totals();
        news.Add($"{after.Failures - before.Failures} of the {after.Calls - before.Calls} calls since the kill failed");

        try
        {
            await mesh.StartAsync(victim, stop);
        }
        catch (ChildFailedException failure)
        {
            news.Add(failure.Message);
            return;
        }

        news.Add($"started {victim.Name} again");
        var back = await registry.UntilAsync(
            instances => instances.Any(instance => instance.Id == victim.Name && instance.Status == ServiceStatus.Healthy), Limit, stop);
        news.Add(back ? $"{victim.Name} is healthy and takes calls" : $"{victim.Name} did not become healthy");
    }
}
