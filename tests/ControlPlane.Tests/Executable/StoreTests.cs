using System.Diagnostics;
using System.Globalization;
using Grpc.Core;
using Grpc.Net.Client;
using Mesh.ControlPlane.Tests.Api;
using Mesh.Tests;
using Mesh.V1;
using Microsoft.Data.Sqlite;

namespace Mesh.ControlPlane.Tests.Executable;

/// <summary>The real executable with a store that survives it.</summary>
public sealed class StoreTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("mesh-plane-").FullName;

    private string File => Path.Combine(_folder, "store.db");

    private string Option => $"--store sqlite:{File}";

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task After_a_kill_configuration_and_instances_are_there_and_versions_go_on()
    {
        var (first, listeners) = await ControlPlaneProcess.StartReadyAsync(Option);
        long revision;
        using (first)
        {
            using var channel = GrpcChannel.ForAddress($"http://{listeners["grpc"]}");
            var config = new V1.Config.ConfigClient(channel);
            await config.ApplyAsync(new() { Resources = { Make.Config("orders", 2), Make.Config("users") } });
            await config.ApplyAsync(new() { Resources = { Make.Config("orders", 4) }, Author = "ann", Reason = "slow disks" });
            await config.DeleteAsync(new() { Service = "users" });
            using var call = new RegistrationCall(new V1.Registry.RegistryClient(channel).Register());
            await call.SendAsync(Make.Register());
            revision = (await call.HeartbeatAsync(ServiceStatus.Healthy)).Revision;
            first.Kill();
        }

        var (second, again) = await ControlPlaneProcess.StartReadyAsync(Option);
        using (second)
        {
            using var channel = GrpcChannel.ForAddress($"http://{again["grpc"]}");
            var config = new V1.Config.ConfigClient(channel);
            var kept = await config.GetAsync(new() { Service = "orders" });
            Assert.Equal((2L, "ann", "slow disks", 4u), (kept.Version, kept.Author, kept.Reason, kept.Config.Retry.MaxAttempts));
            Assert.Equal(3, (await config.ApplyAsync(new() { Resources = { Make.Config("users") } })).Resources[0].Version);

            var registry = new V1.Registry.RegistryClient(channel);
            Assert.Equal(ServiceStatus.Healthy, Assert.Single((await registry.ListInstancesAsync(new())).Instances).Status);
            using var watch = registry.Watch(new() { FromRevision = revision - 1 }, cancellationToken: Bound.Token());
            Assert.True(await watch.ResponseStream.MoveNext());
            Assert.Equal((revision, "status: HEALTHY"), (watch.ResponseStream.Current.Change.Revision, watch.ResponseStream.Current.Change.Reason));
        }
    }

    [Fact]
    public async Task A_second_control_plane_on_the_same_file_ends_with_code_1_and_one_line()
    {
        var (first, _) = await ControlPlaneProcess.StartReadyAsync(Option);
        using (first)
        {
            await EndsAsync($"{File}: is in use by another control plane");
        }
    }

    [Fact]
    public async Task A_store_that_cannot_be_used_ends_it_with_code_1_and_one_line()
    {
        await System.IO.File.WriteAllTextAsync(File, new string('x', 5000));
        await EndsAsync($"{File}: is not a SQLite database; name another file");
        await EndsAsync($"{_folder}/no/x: there is no folder '{_folder}/no'; make it first", $"--store sqlite:{_folder}/no/x");
        await EndsAsync($"{_folder}: is a folder; name a file in it", $"--store sqlite:{_folder}");
    }

    [Fact]
    public async Task While_the_file_cannot_be_written_changes_are_refused_and_all_else_goes_on()
    {
        var (process, listeners) = await ControlPlaneProcess.StartReadyAsync(Option);
        using (process)
        {
            using var channel = GrpcChannel.ForAddress($"http://{listeners["grpc"]}");
            using var pages = new HttpClient { BaseAddress = new Uri($"http://{listeners["http"]}") };
            var config = new V1.Config.ConfigClient(channel);
            await config.ApplyAsync(new() { Resources = { Make.Config("orders", 2) } });
            using var call = new RegistrationCall(new V1.Registry.RegistryClient(channel).Register());
            await call.SendAsync(Make.Register());

            // As a backup does that forgets to let go.
            using (var other = new SqliteConnection($"Data Source={File};Pooling=False"))
            {
                other.Open();
                using var hold = other.CreateCommand();
                hold.CommandText = "BEGIN IMMEDIATE";
                hold.ExecuteNonQuery();
                var refused = await Assert.ThrowsAsync<RpcException>(async () => await config.ApplyAsync(new() { Resources = { Make.Config("orders", 3) } }));
                Assert.Equal((StatusCode.Unavailable, $"{File}: is locked by another process"), (refused.StatusCode, refused.Status.Detail));
                Assert.Equal($"ready, but no change can be stored: {File}: is locked by another process\n", await pages.GetStringAsync("/readyz"));
                Assert.Contains("mesh_store_writable 0\n", await pages.GetStringAsync("/metrics"), StringComparison.Ordinal);
                Assert.Equal(2u, (await config.GetAsync(new() { Service = "orders" })).Config.Retry.MaxAttempts);
                // A status that cannot be stored is not worth a lease.
                await call.HeartbeatAsync(ServiceStatus.Healthy);
                hold.CommandText = "ROLLBACK";
                hold.ExecuteNonQuery();
            }

            await call.HeartbeatAsync(ServiceStatus.Healthy);
            var instances = await new V1.Registry.RegistryClient(channel).ListInstancesAsync(new());
            Assert.Equal(ServiceStatus.Healthy, Assert.Single(instances.Instances).Status);
            Assert.Equal("ready\n", await pages.GetStringAsync("/readyz"));
            Assert.Contains("mesh_store_writable 1\n", await pages.GetStringAsync("/metrics"), StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task A_store_that_takes_no_writes_takes_them_again_by_itself_when_it_can()
    {
        // The limit is the kernel's; as on a full disk, writes beyond it fail.
        if (!OperatingSystem.IsLinux())
        {
            return;
        }

        var (process, listeners) = await ControlPlaneProcess.StartReadyAsync(Option);
        using (process)
        {
            using var channel = GrpcChannel.ForAddress($"http://{listeners["grpc"]}");
            using var pages = new HttpClient { BaseAddress = new Uri($"http://{listeners["http"]}") };
            var config = new V1.Config.ConfigClient(channel);
            await config.ApplyAsync(new() { Resources = { Make.Config("orders", 2) } });
            await LimitAsync(process.Id, "4096:unlimited");
            var refused = await Assert.ThrowsAsync<RpcException>(async () => await config.ApplyAsync(new() { Resources = { Make.Config("orders", 3) } }));
            Assert.Equal(StatusCode.Unavailable, refused.StatusCode);
            Assert.StartsWith("ready, but no change can be stored: ", await pages.GetStringAsync("/readyz"), StringComparison.Ordinal);

            await LimitAsync(process.Id, "unlimited:unlimited");
            await Bound.UntilAsync(async () => await pages.GetStringAsync("/readyz", Bound.Token()) == "ready\n");

            Assert.Equal(2, (await config.ApplyAsync(new() { Resources = { Make.Config("orders", 3) } })).Resources[0].Version);
        }

        static async Task LimitAsync(int id, string limit)
        {
            using var prlimit = Process.Start("prlimit", ["--pid", id.ToString(CultureInfo.InvariantCulture), $"--fsize={limit}"]);
            await prlimit.WaitForExitAsync(Bound.Token());
            Assert.Equal(0, prlimit.ExitCode);
        }
    }

    [NamespaceFact]
    public async Task On_a_full_disk_changes_are_refused_reads_go_on_and_changes_are_taken_again_once_there_is_room()
    {
        // A disk of its own, of 2 MiB, in a namespace of its own.
        var disk = Path.Combine(_folder, "disk");
        Directory.CreateDirectory(disk);
        var on = $"unshare --mount --map-root-user sh -c 'mount -t tmpfs -o size=2m none {disk}";
        var (process, listeners) = await ControlPlaneProcess.StartReadyInAsync("exec " + on + " && exec \"$@\"' sh", $"--store sqlite:{disk}/store.db");
        using (process)
        {
            using var channel = GrpcChannel.ForAddress($"http://{listeners["grpc"]}");
            using var pages = new HttpClient { BaseAddress = new Uri($"http://{listeners["http"]}") };
            var config = new V1.Config.ConfigClient(channel);
            await config.ApplyAsync(new() { Resources = { Make.Config("orders", 2) } });

            var fill = $"/proc/{process.Id}/root{disk}/fill";
            using (var file = System.IO.File.Create(fill))
            {
                Assert.Throws<IOException>(() => file.Write(new byte[4 * 1024 * 1024]));
            }

            RpcException? refused = null;
            // What is left of the last page takes a change or two.
            for (var attempts = 3u; refused is null && attempts < 10; attempts++)
            {
                try
                {
                    await config.ApplyAsync(new() { Resources = { Make.Config("orders", attempts) }, Reason = new string('x', 1000) });
                }
                catch (RpcException full)
                {
                    refused = full;
                }
            }

            Assert.Equal(StatusCode.ResourceExhausted, refused?.StatusCode);
            Assert.StartsWith($"{disk}/store.db: ", refused!.Status.Detail, StringComparison.Ordinal);
            Assert.DoesNotContain('\n', refused.Status.Detail);
            Assert.Equal("orders", (await config.GetAsync(new() { Service = "orders" })).Service);
            Assert.StartsWith("ready, but no change can be stored: ", await pages.GetStringAsync("/readyz"), StringComparison.Ordinal);

            System.IO.File.Delete(fill);
            await Bound.UntilAsync(async () => await pages.GetStringAsync("/readyz", Bound.Token()) == "ready\n");

            await config.ApplyAsync(new() { Resources = { Make.Config("orders", 10) } });
            Assert.Equal(10u, (await config.GetAsync(new() { Service = "orders" })).Config.Retry.MaxAttempts);
        }
    }

    private async Task EndsAsync(string fault, string? option = null)
    {
        using var process = ControlPlaneProcess.Start($"--grpc 127.0.0.1:0 --http 127.0.0.1:0 {option ?? Option}");
        Assert.Equal((1, "", $"mesh-control-plane: --store: {fault}{Environment.NewLine}"), await process.EndAsync());
    }
}
