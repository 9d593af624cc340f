using Google.Protobuf.WellKnownTypes;
using Grpc.Core;
using Mesh.Integration.Processes;
using Mesh.Tests;
using Mesh.V1;

namespace Mesh.Integration.Replicas;

/// <summary>What two control planes on one store make of what is said to both.</summary>
public sealed class SharedStoreTests
{
    [EtcdFact]
    public async Task Of_two_who_register_one_id_at_once_one_has_it_and_the_other_is_told()
    {
        await using var etcd = await EtcdCluster.StartAsync();
        await using var first = await ControlPlane.StartAsync("--store", etcd.Option);
        await using var second = await ControlPlane.StartAsync("--store", etcd.Option);
        for (var round = 0; round < 10; round++)
        {
            var outcomes = await Task.WhenAll(RegisterAsync(first, $"echo-{round}", 1), RegisterAsync(second, $"echo-{round}", 2));
            Assert.Single(outcomes, outcome => outcome == StatusCode.OK);
            Assert.Single(outcomes, outcome => outcome is StatusCode.Aborted or StatusCode.AlreadyExists);
        }
    }

    [EtcdFact]
    public async Task Policies_applied_at_two_at_once_are_all_there_each_with_its_version()
    {
        await using var etcd = await EtcdCluster.StartAsync();
        await using var first = await ControlPlane.StartAsync("--store", etcd.Option);
        await using var second = await ControlPlane.StartAsync("--store", etcd.Option);
        ControlPlane[] planes = [first, second];
        var versions = await Task.WhenAll(Enumerable.Range(0, 20).Select(async i => (await new Config.ConfigClient(planes[i % 2].Channel).ApplyAsync(
            Request(Policy("orders", (uint)(2 + (i % 9)), 1 + (i * 0.01))), cancellationToken: Bound.Token)).Resources[0].Version));
        Assert.Equal(Enumerable.Range(1, 20).Select(i => (long)i), versions.Order());

        // Many at once are one revision, at both.
        var many = await new Config.ConfigClient(first.Channel).ApplyAsync(
            Request([.. Enumerable.Range(0, 500).Select(i => Policy($"service-{i}", 3, 1))]), cancellationToken: Bound.Token);
        Assert.Single(many.Resources.Select(resource => resource.Revision).Distinct());
        await Bound.UntilAsync(async () => await CountAsync(second) == 501, () => "all of them at the other");

        // Two that overlap: neither is half of the other.
        await Task.WhenAll(planes.Select((plane, i) => new Config.ConfigClient(plane.Channel).ApplyAsync(
            Request([.. Enumerable.Range(0, 200).Select(n => Policy($"service-{n}", (uint)(4 + i), 1))]), cancellationToken: Bound.Token).ResponseAsync));
        var listed = await ListAsync(first);
        Assert.Single(listed.Where(resource => resource.Version == 3).Select(resource => resource.Config.Retry.MaxAttempts).Distinct());
        Assert.Equal(200, listed.Count(resource => resource.Version == 3));
    }

    [EtcdFact]
    public async Task Three_megabytes_are_applied_whole()
    {
        await using var etcd = await EtcdCluster.StartAsync();
        await using var plane = await ControlPlane.StartAsync("--store", etcd.Option);
        var large = Enumerable.Range(0, 4).Select(i => Large($"large-{i}", 700_000)).ToArray();
        var applied = await new Config.ConfigClient(plane.Channel).ApplyAsync(Request(large), cancellationToken: Bound.Token);
        Assert.Single(applied.Resources.Select(resource => resource.Revision).Distinct());
        await using var other = await ControlPlane.StartAsync("--store", etcd.Option);
        foreach (var resource in large)
        {
            var read = await new Config.ConfigClient(other.Channel).GetAsync(new GetConfigRequest { Service = resource.Service }, cancellationToken: Bound.Token);
            Assert.Equal(resource.Config, read.Config);
        }
    }

    [EtcdFact]
    public async Task A_backup_put_in_place_is_another_history_and_who_is_there_registers_again()
    {
        await using var mesh = await ReplicatedMesh.StartAsync(members: 3, planes: 2, instances: 2);
        await mesh.ApplyAsync(0, "echo", 2);
        var backup = Path.Combine(Path.GetTempPath(), $"mesh-{Guid.NewGuid():N}.snapshot");
        try
        {
            await mesh.Etcd.ControlAsync("snapshot", "save", backup);
            await mesh.ApplyAsync(0, "echo", 3);
            var before = await ReplicasAsync(mesh.Planes[0]);
            await mesh.Etcd.RestoreAsync(backup);
            foreach (var plane in mesh.Planes)
            {
                await Bound.UntilAsync(async () => (await ReplicasAsync(plane)).StoreId != before.StoreId, () => "another history", ReplicatedMesh.Patience);
                Assert.True((await ReplicasAsync(plane)).Revision > before.Revision);
                Assert.Equal(1, (await new Config.ConfigClient(plane.Channel).GetAsync(new GetConfigRequest { Service = "echo" }, cancellationToken: Bound.Token)).Version);
            }

            await mesh.HealthyAsync();
            Assert.Equal(2, await mesh.ApplyAsync(1, "echo", 4));
            // While everybody registers again a call may fail: what is restored is not what was. Then none does.
            var failed = mesh.Load.Failures.Count;
            await mesh.Load.MoreAsync(200);
            Assert.Equal(failed, mesh.Load.Failures.Count);
        }
        finally
        {
            File.Delete(backup);
        }
    }

    private static async Task<ListReplicasResponse> ReplicasAsync(ControlPlane plane) =>
        await new Registry.RegistryClient(plane.Channel).ListReplicasAsync(new(), cancellationToken: Bound.Token);

    private static async Task<StatusCode> RegisterAsync(ControlPlane plane, string id, uint port)
    {
        using var call = new Registry.RegistryClient(plane.Channel).Register(cancellationToken: Bound.Token);
        var registration = new Registration
        {
            Instance = new Instance { Service = "echo", Id = id, Address = "10.0.0.1", Port = port },
            Incarnation = $"{id} {port}",
        };
        try
        {
            await call.RequestStream.WriteAsync(new RegisterRequest { Registration = registration });
            await call.ResponseStream.MoveNext(Bound.Token);
            // Whoever is told a moment later that another one has it is told at the latest with its heartbeat.
            await call.RequestStream.WriteAsync(new RegisterRequest { Heartbeat = new Heartbeat() });
            await call.ResponseStream.MoveNext(Bound.Token);
            return StatusCode.OK;
        }
        catch (RpcException refused)
        {
            return refused.StatusCode;
        }
    }

    private static ConfigResource Policy(string service, uint attempts, double seconds) => new()
    {
        Service = service,
        Config = new ServiceConfig
        {
            Retry = new Retry { MaxAttempts = attempts },
            Timeouts = new Timeouts { PerTry = Duration.FromTimeSpan(TimeSpan.FromSeconds(seconds)) },
        },
    };

    private static ConfigResource Large(string service, int bytes)
    {
        var resource = Policy(service, 3, 1);
        for (var i = 0; resource.CalculateSize() < bytes; i += 50)
        {
            resource.Config.Routes.Add(Enumerable.Range(i, 50).Select(n => new Route { Match = new RouteMatch { Exact = $"/{service}/{n:D6}/{new string('x', 900)}" } }));
        }

        return resource;
    }

    private static ApplyRequest Request(params ConfigResource[] resources) => new() { Resources = { resources } };

    private static async Task<int> CountAsync(ControlPlane plane) => (await ListAsync(plane)).Count;

    private static async Task<List<ConfigResource>> ListAsync(ControlPlane plane)
    {
        var all = new List<ConfigResource>();
        var token = "";
        do
        {
            var page = await new Config.ConfigClient(plane.Channel).ListAsync(new ListConfigRequest { PageToken = token }, cancellationToken: Bound.Token);
            all.AddRange(page.Resources);
            token = page.NextPageToken;
        }
        while (token.Length != 0);
        return all;
    }
}
