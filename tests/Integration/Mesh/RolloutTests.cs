using Mesh.Integration.Processes;
using Mesh.Integration.Replicas;
using Mesh.Tests;

namespace Mesh.Integration.Mesh;

/// <summary>Who applies a configuration is told which sidecars have taken it.</summary>
public sealed class RolloutTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("mesh-rollout-");

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public async Task Apply_waits_for_all_who_call_the_service_and_names_those_who_do_not_answer()
    {
        await using var plane = await ControlPlane.StartAsync();
        Assert.Equal("echo: version 1: no sidecar that it concerns is connected", (await ApplyAsync(plane, attempts: 2)).Errors);
        await using var first = await CallerAsync("web-1", plane.Url);
        await using var second = await CallerAsync("web-2", plane.Url);
        await UntilAsync(plane, "echo: version 1: 2 of 2 sidecars that it concerns have applied it");
        Assert.Equal((0, "echo: version 2", "echo: version 2: 2 of 2 sidecars that it concerns have applied it"), await ApplyAsync(plane, attempts: 3));

        ReplicatedMesh.Signal(second.Process, "STOP");
        var (code, output, errors) = await ApplyAsync(plane, attempts: 4, "--wait-timeout", "1s");
        Assert.Equal((1, "echo: version 3"), (code, output));
        Assert.StartsWith("echo: version 3: 1 of 2 sidecars that it concerns have applied it\n\nSIDECAR ", errors, StringComparison.Ordinal);
        Assert.Matches(@"\nweb/web-2 +2 +has not answered yet +127\.0\.0\.1:", errors);
        Assert.Equal(1, (await MeshctlAsync(plane, "rollout", "status", "echo")).Code);

        ReplicatedMesh.Signal(second.Process, "CONT");
        await UntilAsync(plane, "echo: version 3: 2 of 2 sidecars that it concerns have applied it");
        Assert.Equal(
            (0, "echo: version 4, which is as version 2", "echo: version 4: 2 of 2 sidecars that it concerns have applied it"),
            await MeshctlAsync(plane, "rollback", "echo", "--to", "2", "--wait"));
        Assert.Contains("\"applied\": 2", (await MeshctlAsync(plane, "rollout", "status", "echo", "-o", "json")).Output, StringComparison.Ordinal);
        Assert.EndsWith("service 'nobody' has no configuration", (await MeshctlAsync(plane, "rollout", "status", "nobody")).Errors, StringComparison.Ordinal);
    }

    [EtcdFact]
    public async Task Sidecars_of_every_control_plane_that_shares_the_store_are_counted_and_one_that_is_silent_is_named()
    {
        await using var etcd = await EtcdCluster.StartAsync();
        await using var one = await AtKnownAddressAsync(etcd);
        await using var other = await AtKnownAddressAsync(etcd);
        await using var first = await CallerAsync("web-1", one.Url);
        await using var second = await CallerAsync("web-2", other.Url);
        await Bound.UntilAsync(async () => (await ApplyAsync(one, attempts: 2)).Code == 0, () => "applied");
        await UntilAsync(one, "echo: version 1: 2 of 2 sidecars that it concerns have applied it");
        await UntilAsync(other, "echo: version 1: 2 of 2 sidecars that it concerns have applied it");

        ReplicatedMesh.Signal(other.Process, "STOP");
        var (code, output, _) = await MeshctlAsync(one, "rollout", "status", "echo");
        ReplicatedMesh.Signal(other.Process, "CONT");
        Assert.Equal(1, code);
        Assert.Contains($"\nthe control plane {other.Grpc} could not be asked: DeadlineExceeded", output, StringComparison.Ordinal);
    }

    /// <summary>What it says of itself is where it is reached: a port that is picked at the start is not known by then.</summary>
    private static async Task<ControlPlane> AtKnownAddressAsync(EtcdCluster etcd)
    {
        string address;
        await using (var former = await ControlPlane.StartAsync())
        {
            address = former.Grpc;
        }

        return await ControlPlane.StartAsync("--store", etcd.Option, "--grpc", address);
    }

    private static Task<Sidecar> CallerAsync(string id, string plane) =>
        Sidecar.StartAsync("--service", "web", "--instance-id", id, "--control-plane", plane, "--upstream", "echo=127.0.0.1:0");

    private Task<(int Code, string Output, string Errors)> ApplyAsync(ControlPlane plane, int attempts, params string[] arguments)
    {
        var file = Path.Combine(_folder.FullName, "echo.yaml");
        File.WriteAllText(file, $"service: echo\nconfig: {{retry: {{max_attempts: {attempts}}}}}\n");
        return MeshctlAsync(plane, ["apply", "-f", file, "--wait", .. arguments]);
    }

    private static Task UntilAsync(ControlPlane plane, string status) => Bound.UntilAsync(
        async () => await MeshctlAsync(plane, "rollout", "status", "echo") == (0, status, ""), () => status);

    private static async Task<(int Code, string Output, string Errors)> MeshctlAsync(ControlPlane plane, params string[] arguments)
    {
        await using var meshctl = MeshProcess.Start("meshctl", Executables.Meshctl, [.. arguments, "--control-plane", plane.Url]);
        var code = await meshctl.ExitCodeAsync();
        return (code, string.Join('\n', meshctl.Output), string.Join('\n', meshctl.Errors));
    }
}
