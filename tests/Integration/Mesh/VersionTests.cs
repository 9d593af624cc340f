using Google.Protobuf;
using Grpc.Core;
using Mesh.Integration.Processes;
using Mesh.Integration.V1;
using Mesh.V1;

namespace Mesh.Integration.Mesh;

/// <summary>A route to one version of a service, from what its sidecars register and what is applied to what callers see.</summary>
public sealed class VersionTests
{
    [Fact]
    public async Task A_route_follows_the_instances_of_its_version_as_they_come_and_go()
    {
        await using var plane = await ControlPlane.StartAsync();
        await using var old = await MeshInstance.StartAsync(plane, "echo-1", "--service-version", "v1");
        await using var first = await MeshInstance.StartAsync(plane, "echo-2", "--service-version", "v2", "--metadata", "tier=gold");
        await plane.HealthyAsync("echo", "echo-1", "echo-2");
        await using var caller = await Sidecar.StartAsync("--control-plane", plane.Url, "--upstream", "echo=127.0.0.1:0");
        var client = new Echo.EchoClient(caller.Channel("echo"));

        const string config = """{"routes": [{"name": "next", "subset": {"version": "v2", "metadata": {"tier": "gold"}}}]}""";
        var resource = new ConfigResource { Service = "echo", Config = JsonParser.Default.Parse<ServiceConfig>(config) };
        await new Config.ConfigClient(plane.Channel).ApplyAsync(new ApplyRequest { Resources = { resource } }, cancellationToken: Bound.Token);
        await ServedAsync(client, "echo-2");

        first.Sidecar.Process.Terminate();
        Assert.Equal(0, await first.Sidecar.Process.ExitCodeAsync());
        var before = old.App.Counts.Calls;
        var failure = new Status(StatusCode.OK, "");
        await Bound.UntilAsync(
            async () => (failure = await StatusAsync(client)).Detail.EndsWith("endpoints is one of these", StringComparison.Ordinal), () => $"word of the empty subset, not {failure}");
        Assert.Equal(
            new Status(StatusCode.Unavailable, "service 'echo', route 'next' to 'echo' with version 'v2' and tier 'gold': none of its 1 endpoints is one of these"),
            new Status(failure.StatusCode, failure.Detail));
        Assert.Equal(before, old.App.Counts.Calls);

        await using var second = await MeshInstance.StartAsync(plane, "echo-3", "--service-version", "v2", "--metadata", "tier=gold");
        await ServedAsync(client, "echo-3");
        Assert.Equal(before, old.App.Counts.Calls);
    }

    /// <summary>Waits until this instance answers, and then sees that it alone does.</summary>
    private static async Task ServedAsync(Echo.EchoClient client, string instance)
    {
        await Bound.UntilAsync(async () => (await StatusAsync(client)).Detail == instance, () => $"a call to {instance}");
        for (var i = 0; i < 20; i++)
        {
            Assert.Equal(instance, (await client.UnaryAsync(new EchoRequest(), cancellationToken: Bound.Token)).Instance);
        }
    }

    /// <summary>How a call ends; a success with the name of who answered.</summary>
    private static async Task<Status> StatusAsync(Echo.EchoClient client)
    {
        try
        {
            return new Status(StatusCode.OK, (await client.UnaryAsync(new EchoRequest(), cancellationToken: Bound.Token)).Instance);
        }
        catch (RpcException failed)
        {
            return failed.Status;
        }
    }
}
