using System.Diagnostics;
using System.Globalization;
using Grpc.Core;
using Mesh.Integration.Processes;
using Mesh.V1;

namespace Mesh.Integration.Mesh;

/// <summary>A control plane that stands still for longer than leases last, as a paused machine does, and goes on.</summary>
public sealed class PausedPlaneTests
{
    private static readonly TimeSpan Ttl = TimeSpan.FromSeconds(2);

    [Fact]
    public async Task Nobody_leaves_the_registry_when_it_goes_on()
    {
        await using var plane = await ControlPlane.StartAsync("--lease-ttl", "2s");
        await using var first = await MeshInstance.StartAsync(plane, "echo-1");
        await using var second = await MeshInstance.StartAsync(plane, "echo-2");
        await plane.HealthyAsync("echo", "echo-1", "echo-2");
        using var stop = new CancellationTokenSource();
        var removals = RemovalsAsync(plane, stop.Token);

        for (var pause = 1; pause <= 2; pause++)
        {
            await SignalAsync(plane, "STOP");
            var stopped = Stopwatch.GetTimestamp();
            await Bound.UntilAsync(() => Stopwatch.GetElapsedTime(stopped) > 2.5 * Ttl, () => "time for every lease to run out");
            var goesOn = TimeProvider.System.GetUtcNow();
            await SignalAsync(plane, "CONT");
            // Until whoever was not heard of since would have gone.
            await Bound.UntilAsync(
                async () => (await plane.InstancesAsync("echo")).Count(instance => instance.LastHeartbeat.ToDateTimeOffset() > goesOn + (2 * Ttl)) == 2,
                () => "both heard of for two leases after the pause");
        }

        await stop.CancelAsync();
        Assert.Empty(await removals);
        using var http = new HttpClient();
        Assert.Contains("mesh_registry_leases_expired_total 0\n", await http.GetStringAsync($"http://{plane.Http}/metrics", Bound.Token), StringComparison.Ordinal);
        Assert.Contains(plane.Process.Errors, line => line.Contains("the control plane has not run for", StringComparison.Ordinal));
    }

    /// <summary>Which instances were removed, and why, until stopped.</summary>
    private static async Task<List<string>> RemovalsAsync(ControlPlane plane, CancellationToken stop)
    {
        var removals = new List<string>();
        using var watch = new Registry.RegistryClient(plane.Channel).Watch(new(), cancellationToken: stop);
        try
        {
            await foreach (var response in watch.ResponseStream.ReadAllAsync(stop))
            {
                if (response.Change is { Kind: RegistryChange.Types.Kind.Removed } removed)
                {
                    removals.Add($"{removed.Instance.Id}: {removed.Reason}");
                }
            }
        }
        catch (Exception end) when (end is RpcException { StatusCode: StatusCode.Cancelled } or OperationCanceledException)
        {
            // Stopped.
        }

        return removals;
    }

    private static async Task SignalAsync(ControlPlane plane, string signal)
    {
        using var kill = Process.Start("kill", ["-s", signal, plane.Process.Id.ToString(CultureInfo.InvariantCulture)]);
        await kill.WaitForExitAsync(Bound.Token);
        Assert.Equal(0, kill.ExitCode);
    }
}
