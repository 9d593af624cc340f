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
    public async Task Without_a_majority_the_registry_is_frozen_and_goes_on_as_it_was()
    {
        await using var mesh = await ReplicatedMesh.StartAsync();
        using var http = new HttpClient();
        for (var i = 1; i < mesh.Etcd.Count; i++)
        {
            mesh.Etcd.Kill(i);
        }

        foreach (var plane in mesh.Planes)
        {
            await Bound.UntilAsync(
                async () => (await http.GetStringAsync($"http://{plane.Http}/readyz", Bound.Token)).StartsWith("ready, but FROZEN: ", StringComparison.Ordinal),
                () => "/readyz says FROZEN");
            Assert.Contains("mesh_store_frozen 1\n", await http.GetStringAsync($"http://{plane.Http}/metrics", Bound.Token), StringComparison.Ordinal);
            Assert.NotEmpty((await new Registry.RegistryClient(plane.Channel).ListReplicasAsync(new(), cancellationToken: Bound.Token)).Frozen);
            var refused = await Assert.ThrowsAsync<RpcException>(() => mesh.ApplyOnceAsync(0, "echo", 2));
            Assert.Equal(StatusCode.Unavailable, refused.StatusCode);
        }

        // Longer than sessions and leases last.
        foreach (var plane in mesh.Planes)
        {
            await plane.Process.LineAsync(line => line.Contains("is lost: what is registered here", StringComparison.Ordinal));
        }

        var lost = TimeProvider.System.GetUtcNow();
        await Bound.UntilAsync(() => TimeProvider.System.GetUtcNow() - lost > TimeSpan.FromSeconds(15), () => "time for leases to run out");
        foreach (var plane in mesh.Planes)
        {
            Assert.Equal(3, (await new Registry.RegistryClient(plane.Channel).ListInstancesAsync(
                new ListInstancesRequest { Service = "echo" }, cancellationToken: Bound.Token)).Instances.Count);
        }

        for (var i = 1; i < mesh.Etcd.Count; i++)
        {
            mesh.Etcd.Start(i);
        }

        await mesh.Etcd.ReadyAsync();
        foreach (var plane in mesh.Planes)
        {
            await Bound.UntilAsync(
                async () => await http.GetStringAsync($"http://{plane.Http}/readyz", Bound.Token) == "ready\n", () => "/readyz is as usual", ReplicatedMesh.Patience);
        }

        var back = TimeProvider.System.GetUtcNow();
        // Until whoever is nobody's would have gone.
        await Bound.UntilAsync(() => TimeProvider.System.GetUtcNow() - back > TimeSpan.FromSeconds(25), () => "time for orphans to be removed");
        Assert.Equal(1, await mesh.ApplyAsync(1, "echo", 2));
        await mesh.HealthyAsync();
        mesh.AssertNothingHappened();
    }
}
