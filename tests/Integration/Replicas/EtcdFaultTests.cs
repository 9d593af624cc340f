using Grpc.Core;
using Mesh.Integration.Processes;
using Mesh.Tests;
using Mesh.V1;

namespace Mesh.Integration.Replicas;

/// <summary>Members of etcd die, stand still and come back, and nobody who calls notices.</summary>
public sealed class EtcdFaultTests
{
    [EtcdFact]
    public async Task The_leader_is_killed_comes_back_and_the_next_one_stands_still()
    {
        await using var mesh = await ReplicatedMesh.StartAsync();
        Assert.Equal(1, await mesh.ApplyAsync(0, "echo", 2));

        var leader = await mesh.Etcd.LeaderAsync();
        mesh.Etcd.Kill(leader);
        Assert.Equal(2, await mesh.ApplyAsync(0, "echo", 3));
        Assert.Equal(3, await mesh.ApplyAsync(1, "echo", 4));
        mesh.Etcd.Start(leader);
        await mesh.Etcd.ReadyAsync();

        leader = await mesh.Etcd.LeaderAsync();
        mesh.Etcd.Stop(leader);
        Assert.Equal(4, await mesh.ApplyAsync(0, "echo", 5));
        Assert.Equal(5, await mesh.ApplyAsync(1, "echo", 6));
        await mesh.Load.MoreAsync(1000);
        mesh.Etcd.Continue(leader);
        await mesh.Etcd.ReadyAsync();
        Assert.Equal(6, await mesh.ApplyAsync(0, "echo", 7));
        await mesh.HealthyAsync();
        mesh.AssertNothingHappened();
    }

    [EtcdFact]
    public async Task The_leader_is_cut_off_from_the_others_and_found_again()
    {
        await using var mesh = await ReplicatedMesh.StartOnLinksAsync();
        Assert.Equal(1, await mesh.ApplyAsync(0, "echo", 2));
        mesh.Etcd.CutOff(await mesh.Etcd.LeaderAsync());
        Assert.Equal(2, await mesh.ApplyAsync(0, "echo", 3));
        Assert.Equal(3, await mesh.ApplyAsync(1, "echo", 4));
        await mesh.Load.MoreAsync(1000);
        mesh.Etcd.MendLinks();
        await mesh.Etcd.ReadyAsync();
        Assert.Equal(4, await mesh.ApplyAsync(0, "echo", 5));
        Assert.Equal(5, await mesh.ApplyAsync(1, "echo", 6));
        await mesh.HealthyAsync();
        mesh.AssertNothingHappened();
    }

    [EtcdFact]
    public async Task Without_a_majority_the_registry_is_frozen_and_goes_on_as_it_was()
    {
        await using var mesh = await ReplicatedMesh.StartAsync();
        for (var i = 1; i < mesh.Etcd.Count; i++)
        {
            mesh.Etcd.Kill(i);
        }

        await IsFrozenAsync(mesh, TimeSpan.FromSeconds(15));
        for (var i = 1; i < mesh.Etcd.Count; i++)
        {
            mesh.Etcd.Start(i);
        }

        await GoesOnAsync(mesh);
    }

    [EtcdFact]
    public async Task All_control_planes_are_cut_off_from_etcd_for_a_minute_and_the_registry_is_as_it_was()
    {
        await using var mesh = await ReplicatedMesh.StartOnLinksAsync();
        mesh.Etcd.CutOffClients();
        // etcd, which is well, ends their sessions meanwhile.
        await IsFrozenAsync(mesh, TimeSpan.FromSeconds(45));
        mesh.Etcd.MendLinks();
        await GoesOnAsync(mesh);
    }

    /// <summary>Every control plane says so, refuses changes, and goes on with what it knows beyond the end of sessions and leases.</summary>
    private static async Task IsFrozenAsync(ReplicatedMesh mesh, TimeSpan longer)
    {
        using var http = new HttpClient();
        foreach (var plane in mesh.Planes)
        {
            await Bound.UntilAsync(
                async () => (await http.GetStringAsync($"http://{plane.Http}/readyz", Bound.Token)).StartsWith("ready, but FROZEN: ", StringComparison.Ordinal),
                () => "/readyz says FROZEN");
            Assert.Contains("mesh_store_frozen 1\n", await http.GetStringAsync($"http://{plane.Http}/metrics", Bound.Token), StringComparison.Ordinal);
            Assert.NotEmpty((await new Registry.RegistryClient(plane.Channel).ListReplicasAsync(new(), cancellationToken: Bound.Token)).Frozen);
            var refused = await Assert.ThrowsAsync<RpcException>(() => mesh.ApplyOnceAsync(mesh.Planes.IndexOf(plane), "echo", 2));
            Assert.Equal(StatusCode.Unavailable, refused.StatusCode);
        }

        foreach (var plane in mesh.Planes)
        {
            await plane.Process.LineAsync(line => line.Contains("is lost: what is registered here", StringComparison.Ordinal));
        }

        var lost = TimeProvider.System.GetUtcNow();
        await Bound.UntilAsync(() => TimeProvider.System.GetUtcNow() - lost > longer, () => "time for leases to run out", longer * 2);
        await mesh.Load.MoreAsync(200);
        foreach (var plane in mesh.Planes)
        {
            Assert.Equal(3, (await new Registry.RegistryClient(plane.Channel).ListInstancesAsync(
                new ListInstancesRequest { Service = "echo" }, cancellationToken: Bound.Token)).Instances.Count);
        }
    }

    /// <summary>etcd is there again, and nobody is removed who was there before.</summary>
    private static async Task GoesOnAsync(ReplicatedMesh mesh)
    {
        using var http = new HttpClient();
        await mesh.Etcd.ReadyAsync();
        foreach (var plane in mesh.Planes)
        {
            await Bound.UntilAsync(
                async () => await http.GetStringAsync($"http://{plane.Http}/readyz", Bound.Token) == "ready\n", () => "/readyz is as usual", ReplicatedMesh.Patience);
        }

        var back = TimeProvider.System.GetUtcNow();
        await Bound.UntilAsync(() => TimeProvider.System.GetUtcNow() - back > TimeSpan.FromSeconds(25), () => "time for orphans to be removed");
        Assert.Equal(1, await mesh.ApplyAsync(1, "echo", 2));
        await mesh.HealthyAsync();
        mesh.AssertNothingHappened();
    }
}
