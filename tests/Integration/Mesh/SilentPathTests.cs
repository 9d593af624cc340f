using Mesh.Integration.Processes;

namespace Mesh.Integration.Mesh;

/// <summary>The way to the control plane goes silent: nothing is reset, nothing comes.</summary>
public sealed class SilentPathTests
{
    /// <summary>Its last third is what a busy machine has to come back in.</summary>
    private static readonly TimeSpan Ttl = TimeSpan.FromSeconds(15);

    [Fact]
    public async Task The_instance_is_never_out_of_the_registry_while_another_connection_would_work()
    {
        await using var plane = await ControlPlane.StartAsync("--lease-ttl", $"{Ttl.TotalSeconds}s");
        await using var relay = new SilentRelay(plane.Grpc);
        await using var app = await EchoServer.StartAsync("echo-1");
        await using var sidecar = await Sidecar.StartAsync(
            "--service", "echo", "--app", app.Address, "--instance-id", "echo-1", "--health", "tcp", "--control-plane", $"http://{relay.Address}");
        await plane.HealthyAsync("echo", "echo-1");
        // Which it must have heard as well: silence before that is another story.
        await sidecar.Process.LineAsync(line => line.Contains("registered echo/echo-1", StringComparison.Ordinal));

        var before = Assert.Single(await plane.InstancesAsync("echo")).LastHeartbeat.ToDateTimeOffset();
        relay.Silence();
        await Bound.UntilAsync(
            async () =>
            {
                // Longer than the old connection's lease would have lasted, and never without the instance.
                var instance = Assert.Single(await plane.InstancesAsync("echo"));
                return instance.LastHeartbeat.ToDateTimeOffset() - before > Ttl;
            },
            () => "heartbeats beyond the lease",
            2 * Bound.Limit);
        // Heartbeats and PINGs find it at about the same time.
        Assert.Single(sidecar.Process.Errors, line =>
            line.Contains("lost the registration of echo/echo-1: a heartbeat has had no answer for 5s", StringComparison.Ordinal)
            || line.Contains("lost the registration of echo/echo-1: nothing comes on the connection any more", StringComparison.Ordinal));
        // The discovery stream, on the same connection, is found lost with it.
        Assert.Contains(sidecar.Process.Errors, line => line.Contains("lost the control plane at", StringComparison.Ordinal));
        Assert.Equal(2, sidecar.Process.Errors.Count(line => line.Contains("connected to the control plane", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task A_pure_client_that_hears_nothing_finds_it_by_the_ping()
    {
        await using var plane = await ControlPlane.StartAsync("--lease-ttl", $"{Ttl.TotalSeconds}s");
        await using var relay = new SilentRelay(plane.Grpc);
        await using var sidecar = await Sidecar.StartAsync("--control-plane", $"http://{relay.Address}");
        relay.Silence();
        await Bound.UntilAsync(
            () => sidecar.Process.Errors.Count(line => line.Contains("connected to the control plane", StringComparison.Ordinal)) == 2,
            () => "a second connection");
    }
}
