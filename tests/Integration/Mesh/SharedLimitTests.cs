using System.Text.Json;
using Grpc.Core;
using Mesh.Integration.Processes;
using Mesh.Integration.V1;
using Mesh.Tests;
using Mesh.V1;

namespace Mesh.Integration.Mesh;

/// <summary>One rate limit for three callers' sidecars together.</summary>
public sealed class SharedLimitTests
{
    private static readonly HttpClient Http = new();

    [Fact]
    public async Task Three_callers_have_one_limit_together_which_goes_to_who_needs_it_and_evenly_while_nobody_divides_it()
    {
        await using var plane = await ControlPlane.StartAsync();
        await using var echo = await MeshInstance.StartAsync(plane, "echo-1");
        await plane.HealthyAsync("echo", "echo-1");
        await using var one = await CallerAsync(plane, "web-1");
        await using var two = await CallerAsync(plane, "web-2");
        await using var three = await CallerAsync(plane, "web-3");
        Sidecar[] callers = [one, two, three];

        await LimitAsync(plane, 30, perSeconds: 3600);
        await PartsAsync(callers, parts => parts.All(part => part is { Granted: true, Sharers: 3 }) && parts.Sum(part => part.Part) <= 1);
        var let = 0;
        foreach (var caller in callers)
        {
            var client = new Echo.EchoClient(caller.Channel("echo"));
            for (var i = 0; i < 40; i++)
            {
                let += await IsLetAsync(client) ? 1 : 0;
            }
        }

        // Each has one call at least, whatever its part.
        Assert.InRange(let, 3, 33);

        await LimitAsync(plane, 200, perSeconds: 1);
        var load = new MeshLoad(one.Channel("echo"));
        await PartsAsync(callers, parts => parts[0].Part > 0.9);
        await load.EndAsync();
        load = new MeshLoad(two.Channel("echo"));
        await PartsAsync(callers, parts => parts[1].Part > 0.9);
        await load.EndAsync();

        await plane.DisposeAsync();
        await PartsAsync(callers, parts => parts.All(part => part is { Granted: false, Sharers: 3, Part: > 0.33 and < 0.34 }));
        Assert.True(await IsLetAsync(new Echo.EchoClient(three.Channel("echo"))));
    }

    [Fact]
    public async Task Instances_have_one_inbound_limit_together()
    {
        await using var plane = await ControlPlane.StartAsync();
        await using var first = await MeshInstance.StartAsync(plane, "echo-1");
        await using var second = await MeshInstance.StartAsync(plane, "echo-2");
        await ApplyAsync(plane, new ConfigResource { Service = "echo", Inbound = new InboundConfig { RateLimits = { new RateLimit { Requests = 10, Shared = true } } } });
        await PartsAsync([first.Sidecar, second.Sidecar], parts => parts.All(part => part is { Granted: true, Sharers: 2, Part: > 0.49 and < 0.5 }));
    }

    [EtcdFact]
    public async Task Callers_at_control_planes_that_share_a_store_have_one_limit_together()
    {
        await using var etcd = await EtcdCluster.StartAsync();
        await using var here = await AtKnownAddressAsync(etcd);
        await using var there = await AtKnownAddressAsync(etcd);
        await using var echo = await MeshInstance.StartAsync(here, "echo-1");
        await there.HealthyAsync("echo", "echo-1");
        await using var one = await CallerAsync(here, "web-1");
        await using var two = await CallerAsync(there, "web-2");
        await LimitAsync(here, 200, perSeconds: 1);
        await PartsAsync([one, two], parts => parts.All(part => part is { Granted: true, Sharers: 2, Part: > 0.4 and < 0.6 }));
        var load = new MeshLoad(two.Channel("echo"));
        await PartsAsync([one, two], parts => parts[1].Part > 0.9 && parts[0].Part < 0.1);
        await load.EndAsync();
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

    private static async Task<bool> IsLetAsync(Echo.EchoClient client)
    {
        try
        {
            await client.UnaryAsync(new EchoRequest(), deadline: DateTime.MaxValue, cancellationToken: Bound.Token);
            return true;
        }
        catch (RpcException refused) when (refused.StatusCode == StatusCode.ResourceExhausted)
        {
            Assert.Contains(" of all together allows; try again in ", refused.Status.Detail, StringComparison.Ordinal);
            Assert.True(int.Parse(refused.Trailers.GetValue("grpc-retry-pushback-ms")!, null) > 0);
            return false;
        }
    }

    private static Task<Sidecar> CallerAsync(ControlPlane plane, string id) =>
        Sidecar.StartAsync("--service", "web", "--instance-id", id, "--control-plane", plane.Url, "--upstream", "echo=127.0.0.1:0");

    private static Task LimitAsync(ControlPlane plane, uint requests, long perSeconds) => ApplyAsync(plane, new ConfigResource
    {
        Service = "echo",
        Config = new ServiceConfig { RateLimits = { new RateLimit { Requests = requests, Per = new() { Seconds = perSeconds }, Shared = true } } },
    });

    private static async Task ApplyAsync(ControlPlane plane, ConfigResource resource) =>
        await new Config.ConfigClient(plane.Channel).ApplyAsync(new ApplyRequest { Resources = { resource } }, cancellationToken: Bound.Token);

    private static async Task PartsAsync(Sidecar[] sidecars, Func<Share[], bool> isSo)
    {
        Share[] parts = [];
        await Bound.UntilAsync(
            async () =>
            {
                parts = await Task.WhenAll(sidecars.Select(PartAsync));
                return parts.All(part => part.Sharers > 0) && isSo(parts);
            },
            () => string.Join(", ", parts));
    }

    private static async Task<Share> PartAsync(Sidecar sidecar)
    {
        using var page = JsonDocument.Parse(await Http.GetStringAsync($"http://{sidecar.Admin}/clusters", Bound.Token));
        var limits = page.RootElement.GetProperty("clusters").EnumerateArray().SelectMany(cluster => cluster.GetProperty("shared_limits").EnumerateArray());
        return limits.Select(limit => new Share(limit.GetProperty("part").GetDouble(), limit.GetProperty("sharers").GetInt32(), limit.GetProperty("granted").GetBoolean()))
            .FirstOrDefault();
    }

    private readonly record struct Share(double Part, int Sharers, bool Granted);
}
