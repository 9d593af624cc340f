using Mesh.Integration.Processes;
using Mesh.Integration.V1;
using Mesh.Tests;

namespace Mesh.Integration.Mesh;

/// <summary>A sidecar's last good snapshot on disk.</summary>
public sealed class SnapshotTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("mesh-cache-");

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public async Task A_sidecar_that_is_restarted_while_the_control_plane_is_away_goes_on_by_its_snapshot_and_says_so()
    {
        var plane = await ControlPlane.StartAsync();
        try
        {
            await using var instance = await MeshInstance.StartAsync(plane, "echo-1");
            await plane.HealthyAsync("echo", "echo-1");
            string[] arguments = ["--control-plane", plane.Url, "--cache", _folder.FullName, "--upstream", "echo=127.0.0.1:0"];
            await using (var former = await Sidecar.StartAsync(arguments))
            {
                await CallAsync(former);
                await Bound.UntilAsync(() => _folder.GetFiles("*.snapshot").Length == 1, () => "a snapshot on disk");
                await former.Process.KillAsync();
            }

            var address = plane.Grpc;
            await plane.DisposeAsync();
            await using var sidecar = await Sidecar.StartAsync(arguments);
            await CallAsync(sidecar);
            using var admin = new HttpClient { BaseAddress = new Uri($"http://{sidecar.Admin}") };
            Assert.StartsWith("ready; by a snapshot from disk that is ", await admin.GetStringAsync("/readyz", Bound.Token), StringComparison.Ordinal);
            Assert.Contains("\"in_use\": true", await admin.GetStringAsync("/config", Bound.Token), StringComparison.Ordinal);
            Assert.Contains("mesh_discovery_snapshot_age_seconds ", await admin.GetStringAsync("/metrics", Bound.Token), StringComparison.Ordinal);

            plane = await ControlPlane.StartAsync("--grpc", address);
            await plane.HealthyAsync("echo", "echo-1");
            await Bound.UntilAsync(async () => (await admin.GetStringAsync("/readyz", Bound.Token)).Trim() == "ready", () => "the control plane's word");
            await CallAsync(sidecar);
        }
        finally
        {
            await plane.DisposeAsync();
        }
    }

    [Fact]
    public async Task A_folder_that_cannot_be_written_and_a_snapshot_that_is_none_hurt_nobody()
    {
        var path = Path.Combine(_folder.FullName, "client.snapshot");
        Directory.CreateDirectory(path); // root may write anywhere, and not here
        await using var plane = await ControlPlane.StartAsync();
        await using var instance = await MeshInstance.StartAsync(plane, "echo-1");
        await plane.HealthyAsync("echo", "echo-1");
        await using var sidecar = await Sidecar.StartAsync("--control-plane", plane.Url, "--cache", _folder.FullName, "--upstream", "echo=127.0.0.1:0");
        await CallAsync(sidecar);
        await sidecar.Process.LineAsync(line => line.Contains($"the snapshot {path} cannot be written", StringComparison.Ordinal));
        await CallAsync(sidecar);
    }

    [NamespaceFact]
    public async Task On_a_full_disk_all_else_goes_on_and_it_is_said_once_and_once_more_when_there_is_room()
    {
        await using var plane = await ControlPlane.StartAsync();
        await using var instance = await MeshInstance.StartAsync(plane, "echo-1");
        await plane.HealthyAsync("echo", "echo-1");
        // A disk of its own, that something else has filled.
        var disk = _folder.FullName;
        await using var sidecar = await Sidecar.StartMountedAsync(
            $"mount -t tmpfs -o size=64k none {disk} && cat /dev/zero > {disk}/fill 2>/dev/null",
            "--control-plane", plane.Url, "--cache", disk, "--upstream", "echo=127.0.0.1:0");
        var seen = $"/proc/{sidecar.Process.Id}/root{disk}";
        using var admin = new HttpClient { BaseAddress = new Uri($"http://{sidecar.Admin}") };
        await CallAsync(sidecar);
        await sidecar.Process.LineAsync(line => line.Contains(Refused, StringComparison.Ordinal));
        await using (var second = await MeshInstance.StartAsync(plane, "echo-2"))
        {
            await Bound.UntilAsync(async () => await FailuresAsync(admin) >= 2, () => "a second attempt");
            Assert.Equal("ready", (await admin.GetStringAsync("/readyz", Bound.Token)).Trim());
            Assert.Equal([$"{seen}/fill"], Directory.GetFiles(seen));
            File.Delete($"{seen}/fill");
        }

        await sidecar.Process.LineAsync(line => line.Contains($"the snapshot {disk}/client.snapshot is written again", StringComparison.Ordinal));
        Assert.Single(sidecar.Process.Errors, line => line.Contains(Refused, StringComparison.Ordinal));
        Assert.Equal([$"{seen}/client.snapshot"], Directory.GetFiles(seen));
        await CallAsync(sidecar);
    }

    private string Refused => $"the snapshot {_folder.FullName}/client.snapshot cannot be written: ";

    private static async Task<double> FailuresAsync(HttpClient admin)
    {
        const string name = "mesh_discovery_snapshot_write_failures_total ";
        var page = await admin.GetStringAsync("/metrics", Bound.Token);
        return double.Parse(
            page.Split('\n').First(line => line.StartsWith(name, StringComparison.Ordinal))[name.Length..], System.Globalization.CultureInfo.InvariantCulture);
    }

    private static async Task CallAsync(Sidecar sidecar)
    {
        var echo = new Echo.EchoClient(sidecar.Channel("echo"));
        Assert.Equal("echo-1", (await echo.UnaryAsync(new EchoRequest(), cancellationToken: Bound.Token)).Instance);
    }
}
