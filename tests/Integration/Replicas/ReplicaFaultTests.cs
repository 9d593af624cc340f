using Mesh.Integration.Mesh;
using Mesh.Integration.Processes;
using Mesh.Tests;
using Mesh.V1;

namespace Mesh.Integration.Replicas;

/// <summary>Control planes die, stand still and are replaced, and nobody who calls notices.</summary>
public sealed class ReplicaFaultTests
{
    [EtcdFact]
    public async Task One_is_killed_and_its_sidecars_are_registered_with_the_other_and_come_home_when_it_is_back()
    {
        await using var mesh = await ReplicatedMesh.StartAsync(members: 1, instances: 4);
        var own = await mesh.FirstChoicesAsync(0);
        await mesh.Planes[0].Process.KillAsync();
        await mesh.RegisteredAtAsync(1);
        await mesh.RestartAsync(0);
        await mesh.ComeHomeAsync(0, own);
        await mesh.HealthyAsync();
        var back = TimeProvider.System.GetUtcNow();
        await Bound.UntilAsync(() => TimeProvider.System.GetUtcNow() - back > TimeSpan.FromSeconds(25), () => "time for what is nobody's to be removed");
        mesh.AssertNothingHappened();
    }

    [EtcdFact]
    public async Task One_more_under_load_takes_its_share_and_nobody_notices()
    {
        await using var mesh = await ReplicatedMesh.StartAsync(members: 1, instances: 4);
        await mesh.ApplyAsync(0, "echo", 2);
        // Known to the sidecars, as to all of a mesh that grows, before it is there: the place of one that has ended.
        var own = await mesh.FirstChoicesAsync(0);
        mesh.Planes[0].Process.Terminate();
        Assert.Equal(0, await mesh.Planes[0].Process.ExitCodeAsync());
        await mesh.RegisteredAtAsync(1);
        await mesh.ApplyAsync(1, "echo", 3);
        await mesh.RestartAsync(0);
        Assert.Equal(2, (await new Config.ConfigClient(mesh.Planes[0].Channel).GetAsync(new GetConfigRequest { Service = "echo" }, cancellationToken: Bound.Token)).Version);
        await mesh.ComeHomeAsync(0, own);
        await mesh.Load.MoreAsync(200);
        mesh.AssertNothingHappened();
    }

    [EtcdFact]
    public async Task A_rolling_restart_of_both_is_noticed_by_nobody()
    {
        await using var mesh = await ReplicatedMesh.StartAsync(members: 1, instances: 4);
        for (var i = 0; i < 2; i++)
        {
            mesh.Planes[i].Process.Terminate();
            Assert.Equal(0, await mesh.Planes[i].Process.ExitCodeAsync());
            await mesh.RegisteredAtAsync(1 - i);
            await mesh.RestartAsync(i);
            Assert.Equal(i + 1, await mesh.ApplyAsync(i, "echo", (uint)i + 2));
        }

        await mesh.HealthyAsync();
        await mesh.Load.MoreAsync(200);
        mesh.AssertNothingHappened();
    }

    [EtcdFact]
    public async Task One_stands_still_for_longer_than_its_session_lasts_and_takes_nothing_back_when_it_goes_on()
    {
        await using var mesh = await ReplicatedMesh.StartAsync(members: 1, instances: 6);
        ReplicatedMesh.Signal(mesh.Planes[0].Process, "STOP");
        await mesh.RegisteredAtAsync(1);
        await Bound.UntilAsync(async () => (await ReplicasAsync(mesh, 1)).Count == 1, () => "its session to be over");
        ReplicatedMesh.Signal(mesh.Planes[0].Process, "CONT");
        await mesh.Planes[0].Process.LineAsync(line => line.Contains("session", StringComparison.Ordinal) && line.Contains("is open", StringComparison.Ordinal));
        var on = TimeProvider.System.GetUtcNow();
        await Bound.UntilAsync(() => TimeProvider.System.GetUtcNow() - on > TimeSpan.FromSeconds(25), () => "time for leases to run out");
        await mesh.HealthyAsync();
        mesh.AssertNothingHappened();
    }

    [EtcdFact]
    public async Task One_stands_still_for_three_seconds_and_nobody_notices()
    {
        await using var mesh = await ReplicatedMesh.StartAsync(members: 1, instances: 4);
        ReplicatedMesh.Signal(mesh.Planes[0].Process, "STOP");
        var stopped = TimeProvider.System.GetUtcNow();
        await Bound.UntilAsync(() => TimeProvider.System.GetUtcNow() - stopped > TimeSpan.FromSeconds(3), () => "three seconds to pass");
        ReplicatedMesh.Signal(mesh.Planes[0].Process, "CONT");
        Assert.Equal(1, await mesh.ApplyAsync(0, "echo", 2));
        await mesh.Load.MoreAsync(200);
        await mesh.HealthyAsync();
        mesh.AssertNothingHappened();
    }

    [EtcdFact]
    public async Task A_sidecar_that_is_killed_with_its_control_plane_is_removed_by_the_other_and_nobody_else_is()
    {
        await using var mesh = await ReplicatedMesh.StartAsync(members: 1, instances: 3, arguments: ["--lease-ttl", "4s"]);
        await using var doomed = await mesh.StartInstanceAsync("doomed", mesh.Planes[0].Url);
        await Bound.UntilAsync(
            async () => (await mesh.Planes[1].InstancesAsync("echo")).Any(instance => instance.Id == "doomed"),
            () => "it is registered",
            ReplicatedMesh.Patience);
        await Task.WhenAll(doomed.Sidecar.Process.KillAsync(), mesh.Planes[0].Process.KillAsync());
        await Bound.UntilAsync(() => mesh.Witness.Removals.Count != 0, () => "it is removed", ReplicatedMesh.Patience);
        await mesh.RegisteredAtAsync(1);
        await mesh.HealthyAsync();
        Assert.StartsWith("doomed: ", Assert.Single(mesh.Witness.Removals), StringComparison.Ordinal);
        Assert.Empty(mesh.Witness.Oddities);
    }

    private static async Task<IReadOnlyList<ControlPlaneReplica>> ReplicasAsync(ReplicatedMesh mesh, int plane) =>
        (await new Registry.RegistryClient(mesh.Planes[plane].Channel).ListReplicasAsync(new(), cancellationToken: Bound.Token)).Replicas;
}
