using Grpc.Core;
using Mesh.Integration.Processes;
using Mesh.V1;

namespace Mesh.Integration.Mesh;

/// <summary>kill -9 and restart of a control plane with a store that survives it, under load.</summary>
public sealed class PlaneRestartTests
{
    private const int Restarts = 3;

    [Fact]
    public async Task No_call_no_instance_and_no_configuration_is_lost()
    {
        var folder = Directory.CreateTempSubdirectory("mesh-restart-").FullName;
        string[] store = ["--store", $"sqlite:{Path.Combine(folder, "store.db")}"];
        var plane = await ControlPlane.StartAsync(store);
        try
        {
            var address = plane.Grpc;
            using var http = new HttpClient();
            await using var first = await MeshInstance.StartAsync(plane, "echo-1");
            await using var second = await MeshInstance.StartAsync(plane, "echo-2");
            await plane.HealthyAsync("echo", "echo-1", "echo-2");
            await using var client = await Sidecar.StartAsync("--control-plane", plane.Url, "--upstream", "echo=127.0.0.1:0");
            var load = new MeshLoad(client.Channel("echo"), concurrency: 2);
            await load.MoreAsync(50);

            long version = 0;
            for (var restart = 1; restart <= Restarts; restart++)
            {
                using var stop = new CancellationTokenSource();
                var applying = ApplyAsync(plane, version, stop.Token);
                await load.MoreAsync(50);
                await Bound.UntilAsync(async () => await VersionAsync(plane) > version, () => "a configuration applied");
                await plane.Process.KillAsync();
                await stop.CancelAsync();
                version = await applying;
                await load.MoreAsync(50);
                await plane.DisposeAsync();

                plane = await ControlPlane.StartAsync([.. store, "--grpc", address]);
                // Known at once, and healthy: nobody has had the time to come back.
                Assert.Equal(["echo-1", "echo-2"], (await plane.InstancesAsync("echo")).Select(instance => instance.Id));
                await plane.HealthyAsync("echo", "echo-1", "echo-2");
                // One may have been stored whose answer was lost.
                var kept = await VersionAsync(plane);
                Assert.InRange(kept, version, version + 1);
                version = kept;
                await Bound.UntilAsync(() => IsBack(first) && IsBack(second), () => "both sidecars back");
                await load.MoreAsync(50);
                Assert.Contains("mesh_registry_leases_expired_total 0\n", await http.GetStringAsync($"http://{plane.Http}/metrics", Bound.Token), StringComparison.Ordinal);

                bool IsBack(MeshInstance instance) =>
                    instance.Sidecar.Process.Errors.Count(line => line.Contains(" registered echo/", StringComparison.Ordinal)) > restart;
            }

            await load.EndAsync();
            Assert.Empty(load.Failures);
        }
        finally
        {
            await plane.DisposeAsync();
            Directory.Delete(folder, recursive: true);
        }
    }

    /// <summary>Applies one configuration after the other.</summary>
    /// <returns>The last version that was acknowledged.</returns>
    private static async Task<long> ApplyAsync(ControlPlane plane, long version, CancellationToken stop)
    {
        var config = new Config.ConfigClient(plane.Channel);
        try
        {
            for (var i = 0u; !stop.IsCancellationRequested; i++)
            {
                var resource = new ConfigResource { Service = "echo", Config = new() { Retry = new() { MaxAttempts = (i % 2) + 2 + (uint)(version % 5) } } };
                version = (await config.ApplyAsync(new() { Resources = { resource } }, cancellationToken: stop)).Resources[0].Version;
            }
        }
        catch (RpcException)
        {
            // The control plane is gone.
        }

        return version;
    }

    private static async Task<long> VersionAsync(ControlPlane plane)
    {
        try
        {
            return (await new Config.ConfigClient(plane.Channel).GetAsync(new() { Service = "echo" }, cancellationToken: Bound.Token)).Version;
        }
        catch (RpcException none) when (none.StatusCode == StatusCode.NotFound)
        {
            return 0;
        }
    }
}
