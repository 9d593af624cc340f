using Mesh.Integration.Processes;
using Mesh.V1;

namespace Mesh.Integration.Mesh;

/// <summary>What a sidecar holds is compared with what it is to hold, by more than versions.</summary>
public sealed class HoldingTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("mesh-holding-");

    private string Store => Path.Combine(_folder.FullName, "store.db");

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public async Task A_sidecar_that_has_what_another_history_called_by_the_same_version_is_sent_what_holds_now()
    {
        var plane = await StartAsync("127.0.0.1:0");
        try
        {
            var address = plane.Grpc;
            await ApplyAsync(plane, "echo", attempts: 2);
            await plane.Process.KillAsync();
            await plane.DisposeAsync();
            var backup = _folder.GetFiles("store.db*").ToDictionary(file => file.FullName, file => File.ReadAllBytes(file.FullName));

            plane = await StartAsync(address);
            await ApplyAsync(plane, "echo", attempts: 3);
            await using var sidecar = await Sidecar.StartAsync("--control-plane", plane.Url, "--upstream", "echo=127.0.0.1:0");
            using var admin = new HttpClient { BaseAddress = new Uri($"http://{sidecar.Admin}") };
            await UntilAsync(admin, attempts: 3);
            await plane.Process.KillAsync();
            await plane.DisposeAsync();

            // The backup is restored, and goes its own way: so far that the sidecar does not take it for one that is behind.
            Array.ForEach(_folder.GetFiles("store.db*"), file => file.Delete());
            foreach (var (name, bytes) in backup)
            {
                await File.WriteAllBytesAsync(name, bytes);
            }

            plane = await StartAsync(address);
            await ApplyAsync(plane, "echo", attempts: 4);
            for (var i = 0u; i < 9; i++)
            {
                await ApplyAsync(plane, "other", attempts: 1 + i);
            }

            await UntilAsync(admin, attempts: 4);
            await Bound.UntilAsync(
                async () => (await admin.GetStringAsync($"http://{plane.Http}/metrics", Bound.Token)).Contains("mesh_discovery_repairs_total 1\n", StringComparison.Ordinal),
                () => "one repair");
            await plane.Process.LineAsync(line => line.Contains("does not hold what it has acknowledged: 1 resources are sent again, the first is the policy of echo", StringComparison.Ordinal));
        }
        finally
        {
            await plane.DisposeAsync();
        }
    }

    private Task<ControlPlane> StartAsync(string address) => ControlPlane.StartAsync("--grpc", address, "--store", $"sqlite:{Store}", "--lease-ttl", "1s");

    private static async Task ApplyAsync(ControlPlane plane, string service, uint attempts) => await new Config.ConfigClient(plane.Channel).ApplyAsync(
        new() { Resources = { new ConfigResource { Service = service, Config = new() { Retry = new() { MaxAttempts = attempts } } } } });

    private static Task UntilAsync(HttpClient admin, uint attempts) => Bound.UntilAsync(
        async () => (await admin.GetStringAsync("/config", Bound.Token)).Contains($"\"max_attempts\": {attempts}", StringComparison.Ordinal),
        () => $"a policy of {attempts} attempts");
}
