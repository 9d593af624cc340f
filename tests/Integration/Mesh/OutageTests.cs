using System.Net;
using Grpc.Core;
using Mesh.Integration.Processes;
using Mesh.Integration.V1;

namespace Mesh.Integration.Mesh;

public sealed class OutageTests
{
    [Fact]
    public async Task A_killed_sidecar_is_called_no_more_and_off_the_registry_when_its_lease_is_over()
    {
        await using var plane = await ControlPlane.StartAsync("--lease-ttl", "2s");
        await using var first = await MeshInstance.StartAsync(plane, "echo-1");
        await using var second = await MeshInstance.StartAsync(plane, "echo-2");
        await plane.HealthyAsync("echo", "echo-1", "echo-2");
        await using var client = await Sidecar.StartAsync("--control-plane", plane.Url, "--upstream", "echo=127.0.0.1:0");
        var echo = new Echo.EchoClient(client.Channel("echo"));
        await echo.UnaryAsync(new EchoRequest(), cancellationToken: Bound.Token);

        await first.Sidecar.Process.KillAsync();
        // What was under way on its connection is lost, and nothing is: calls made from here on find the other.
        for (var i = 0; i < 50; i++)
        {
            Assert.Equal("echo-2", (await echo.UnaryAsync(new EchoRequest(), cancellationToken: Bound.Token)).Instance);
        }

        await Bound.UntilAsync(async () => (await plane.InstancesAsync("echo")).Count == 1, () => "the lease over");
        await plane.Process.LineAsync(line => line.Contains("lease of echo/echo-1 expired", StringComparison.Ordinal));
    }

    [Fact]
    public async Task While_the_control_plane_is_away_and_when_it_is_back_no_call_fails_and_all_is_as_before()
    {
        var config = Path.Combine(Path.GetTempPath(), $"mesh-{Guid.NewGuid():N}.yaml");
        await File.WriteAllTextAsync(config, "service: echo\nconfig:\n  timeouts:\n    request: 300ms\n");
        var plane = await ControlPlane.StartAsync("--config", config);
        try
        {
            await using var first = await MeshInstance.StartAsync(plane, "echo-1");
            await using var second = await MeshInstance.StartAsync(plane, "echo-2");
            await plane.HealthyAsync("echo", "echo-1", "echo-2");
            await using var client = await Sidecar.StartAsync("--control-plane", plane.Url, "--upstream", "echo=127.0.0.1:0");
            await AssertTimeoutHolds(client);
            // The limit of the calls is for the slow one above; on a loaded machine any may be slow.
            var load = new MeshLoad(client.Channel("echo"), concurrency: 1);
            await load.MoreAsync(20);

            var address = plane.Grpc;
            await plane.Process.KillAsync();
            await client.Process.LineAsync(line => line.Contains("lost the control plane", StringComparison.Ordinal));
            await load.MoreAsync(50);
            await plane.DisposeAsync();
            plane = await ControlPlane.StartAsync("--grpc", address, "--config", config);
            await plane.HealthyAsync("echo", "echo-1", "echo-2");
            await Bound.UntilAsync(
                () => client.Process.Errors.Count(line => line.Contains("connected to the control plane", StringComparison.Ordinal)) == 2,
                () => "the client's sidecar back");
            await load.MoreAsync(50);
            await load.EndAsync();
            Assert.DoesNotContain(load.Failures, failure => !failure.Contains("DeadlineExceeded", StringComparison.Ordinal));
            await AssertTimeoutHolds(client);
        }
        finally
        {
            await plane.DisposeAsync();
            File.Delete(config);
        }
    }

    [Fact]
    public async Task A_sidecar_without_a_control_plane_is_ready_when_there_is_one()
    {
        string address;
        await using (var former = await ControlPlane.StartAsync())
        {
            address = former.Grpc;
        }

        var process = MeshProcess.Start(
            "mesh-sidecar", Executables.Sidecar, ["--control-plane", $"http://{address}", "--outbound", "127.0.0.1:0", "--admin", "127.0.0.1:0", "--upstream", "echo=127.0.0.1:0"]);
        await using (process)
        {
            await process.LineAsync(line => line.Contains($"cannot reach the control plane at http://{address}", StringComparison.Ordinal));
            using var http = new HttpClient { BaseAddress = new Uri($"http://{process.Listener("admin")}") };
            using (var before = await http.GetAsync("/readyz", Bound.Token))
            {
                Assert.Equal(HttpStatusCode.ServiceUnavailable, before.StatusCode);
                Assert.Contains("no control plane yet", await before.Content.ReadAsStringAsync(), StringComparison.Ordinal);
            }

            await using var plane = await ControlPlane.StartAsync("--grpc", address);
            await process.ReadyAsync();
            Assert.Equal("ready", (await http.GetStringAsync("/readyz", Bound.Token)).Trim());
            Assert.Single(process.Output, line => line == "ready");
            process.Terminate();
            Assert.Equal(0, await process.ExitCodeAsync());
        }
    }

    private static async Task AssertTimeoutHolds(Sidecar client)
    {
        var slow = new EchoRequest { Behaviour = new Behaviour { Hang = true } };
        var failure = await Assert.ThrowsAsync<RpcException>(
            () => new Echo.EchoClient(client.Channel("echo")).UnaryAsync(slow, cancellationToken: Bound.Token).ResponseAsync);
        Assert.Equal(StatusCode.DeadlineExceeded, failure.StatusCode);
    }
}
