using Grpc.Core;
using Mesh.Integration.Processes;
using Mesh.Integration.V1;

namespace Mesh.Integration.Mesh;

public sealed class DrainTests
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task An_instance_that_drains_under_load_loses_no_unary_call(bool isPlaneAway)
    {
        await using var plane = await ControlPlane.StartAsync();
        await using var first = await MeshInstance.StartAsync(plane, "echo-1");
        await using var second = await MeshInstance.StartAsync(plane, "echo-2");
        await plane.HealthyAsync("echo", "echo-1", "echo-2");
        await using var client = await Sidecar.StartAsync("--control-plane", plane.Url, "--upstream", "echo=127.0.0.1:0");
        var load = new MeshLoad(client.Channel("echo"), concurrency: 8);
        await Bound.UntilAsync(() => load.ServedBy("echo-1") > 20 && load.ServedBy("echo-2") > 20, () => "calls on both");

        if (isPlaneAway)
        {
            await plane.Process.KillAsync();
        }

        first.Sidecar.Process.Terminate();
        Assert.Equal(0, await first.Sidecar.Process.ExitCodeAsync());
        var gone = load.ServedBy("echo-1");
        await load.MoreAsync(50);
        await load.EndAsync();
        Assert.Empty(load.Failures);
        Assert.Equal(gone, load.ServedBy("echo-1"));
        if (!isPlaneAway)
        {
            Assert.Equal(["echo-2"], (await plane.InstancesAsync("echo")).Select(i => i.Id));
        }
    }

    [Fact]
    public async Task A_stream_that_is_under_way_ends_in_its_own_time()
    {
        await using var plane = await ControlPlane.StartAsync();
        await using var instance = await MeshInstance.StartAsync(plane, "echo-1");
        await plane.HealthyAsync("echo", "echo-1");
        await using var call = await HeldCall.StartAsync(plane);

        instance.Sidecar.Process.Terminate();
        await instance.Sidecar.Process.LineAsync(line => line.Contains("inbound takes no more, 1 calls", StringComparison.Ordinal));
        await call.EchoAsync();
        Assert.False(instance.Sidecar.Process.HasExited);
        await call.EndAsync();
        Assert.Equal(StatusCode.OK, call.Status.StatusCode);
        Assert.Equal(0, await instance.Sidecar.Process.ExitCodeAsync());
    }

    [Fact]
    public async Task A_stream_that_outlasts_the_grace_is_cut_off()
    {
        await using var plane = await ControlPlane.StartAsync();
        await using var instance = await MeshInstance.StartAsync(plane, "echo-1", "--drain-grace", "100ms");
        await plane.HealthyAsync("echo", "echo-1");
        await using var call = await HeldCall.StartAsync(plane);

        instance.Sidecar.Process.Terminate();
        var failure = await Assert.ThrowsAsync<RpcException>(call.NextAsync);
        Assert.Equal(StatusCode.Unavailable, failure.StatusCode);
        Assert.Equal(0, await instance.Sidecar.Process.ExitCodeAsync());
        Assert.Contains(instance.Sidecar.Process.Errors, line => line.Contains("still has 1 calls after the grace of 100ms", StringComparison.Ordinal));
    }

    [Fact]
    public async Task The_app_can_call_out_until_its_last_call_is_answered()
    {
        await using var plane = await ControlPlane.StartAsync();
        await using var other = await MeshInstance.StartAsync(plane, "echo-1");
        await plane.HealthyAsync("echo", "echo-1");
        await using var app = await EchoServer.StartAsync("front-1");
        await using var front = await Sidecar.StartAsync(
            "--service", "front", "--app", app.Address, "--instance-id", "front-1", "--control-plane", plane.Url, "--upstream", "echo=127.0.0.1:0");
        await plane.HealthyAsync("front", "front-1");
        await using var call = await HeldCall.StartAsync(plane, "front");

        front.Process.Terminate();
        await front.Process.LineAsync(line => line.Contains("inbound takes no more", StringComparison.Ordinal));
        var outwards = new Echo.EchoClient(front.Channel("echo"));
        Assert.Equal("echo-1", (await outwards.UnaryAsync(new EchoRequest(), cancellationToken: Bound.Token)).Instance);
        await call.EndAsync();
        Assert.Equal(0, await front.Process.ExitCodeAsync());
    }

    [Fact]
    public async Task A_second_signal_ends_at_once()
    {
        await using var plane = await ControlPlane.StartAsync();
        await using var instance = await MeshInstance.StartAsync(plane, "echo-1", "--drain-grace", "1h");
        await plane.HealthyAsync("echo", "echo-1");
        await using var call = await HeldCall.StartAsync(plane);
        instance.Sidecar.Process.Terminate();
        await instance.Sidecar.Process.LineAsync(line => line.Contains("inbound takes no more", StringComparison.Ordinal));
        instance.Sidecar.Process.Terminate();
        Assert.Equal(143, await instance.Sidecar.Process.ExitCodeAsync());
    }

    [Fact]
    public async Task The_admin_page_drains_as_a_signal_does_and_a_signal_after_it_harms_nothing()
    {
        await using var plane = await ControlPlane.StartAsync();
        await using var instance = await MeshInstance.StartAsync(plane, "echo-1");
        await plane.HealthyAsync("echo", "echo-1");
        await using var call = await HeldCall.StartAsync(plane);

        using var http = new HttpClient { BaseAddress = new Uri($"http://{instance.Sidecar.Admin}") };
        Assert.Equal("ready", (await http.GetStringAsync("/readyz", Bound.Token)).Trim());
        using var drain = await http.PostAsync("/drain", null, Bound.Token);
        Assert.True(drain.IsSuccessStatusCode);
        await instance.Sidecar.Process.LineAsync(line => line.Contains("inbound takes no more", StringComparison.Ordinal));
        using var ready = await http.GetAsync("/readyz", Bound.Token);
        Assert.Equal(System.Net.HttpStatusCode.ServiceUnavailable, ready.StatusCode);
        instance.Sidecar.Process.Terminate();
        await call.EndAsync();
        Assert.Equal(0, await instance.Sidecar.Process.ExitCodeAsync());
    }
}
