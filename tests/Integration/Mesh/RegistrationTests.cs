using Grpc.Core;
using Mesh.Integration.Processes;
using Mesh.Integration.V1;
using Mesh.V1;

namespace Mesh.Integration.Mesh;

public sealed class RegistrationTests
{
    [Fact]
    public async Task A_service_that_registers_is_called_by_its_name_through_another_sidecar()
    {
        await using var plane = await ControlPlane.StartAsync();
        await using var instance = await MeshInstance.StartAsync(
            plane, "echo-1", "--service-version", "1.2", "--weight", "300", "--locality", "eu/eu-1a", "--metadata", "team=shop", "--upstream", "users=127.0.0.1:0");
        await plane.HealthyAsync("echo", "echo-1");
        await using var client = await Sidecar.StartAsync("--control-plane", plane.Url, "--upstream", "echo=127.0.0.1:0");

        var byName = new Echo.EchoClient(client.Channel("echo"));
        Assert.Equal("echo-1", (await byName.UnaryAsync(new EchoRequest(), cancellationToken: Bound.Token)).Instance);
        var byPort = new Echo.EchoClient(client.ChannelTo(client.Upstream("echo"), "whatever"));
        Assert.Equal("echo-1", (await byPort.UnaryAsync(new EchoRequest(), cancellationToken: Bound.Token)).Instance);

        var registered = Assert.Single(await plane.InstancesAsync("echo"));
        Assert.Equal(instance.Sidecar.Inbound, $"{registered.Address}:{registered.Port}");
        Assert.Equal(300u, registered.Weight);
        Assert.Equal(("1.2", "eu", "eu-1a", "shop"), (registered.Version, registered.Locality.Region, registered.Locality.Zone, registered.Metadata["team"]));
        var service = await new Registry.RegistryClient(plane.Channel).GetServiceAsync(new GetServiceRequest { Name = "echo" }, cancellationToken: Bound.Token);
        Assert.Equal(["users"], service.Service.Dependencies);
        Assert.NotNull(service.Service.HealthCheck.Tcp);
    }

    [Fact]
    public async Task A_service_that_nobody_serves_is_refused_at_once_by_its_name_and_called_once_it_is_there()
    {
        await using var plane = await ControlPlane.StartAsync();
        await using var client = await Sidecar.StartAsync("--control-plane", plane.Url);
        var echo = new Echo.EchoClient(client.Channel("echo"));
        var failure = await Assert.ThrowsAsync<RpcException>(
            () => echo.UnaryAsync(new EchoRequest(), cancellationToken: Bound.Token).ResponseAsync);
        Assert.Equal(StatusCode.Unavailable, failure.StatusCode);
        Assert.Equal("no such service 'echo'", failure.Status.Detail);

        await using var instance = await MeshInstance.StartAsync(plane, "echo-1");
        await Bound.UntilAsync(
            async () =>
            {
                try
                {
                    return (await echo.UnaryAsync(new EchoRequest(), cancellationToken: Bound.Token)).Instance == "echo-1";
                }
                catch (RpcException)
                {
                    return false;
                }
            },
            () => "the service called once it is there");
    }

    [Fact]
    public async Task A_new_instance_takes_its_share_without_a_failure()
    {
        await using var plane = await ControlPlane.StartAsync();
        await using var first = await MeshInstance.StartAsync(plane, "echo-1");
        await plane.HealthyAsync("echo", "echo-1");
        await using var client = await Sidecar.StartAsync("--control-plane", plane.Url, "--upstream", "echo=127.0.0.1:0");
        var load = new MeshLoad(client.Channel("echo"));
        await load.MoreAsync(20);
        await using var second = await MeshInstance.StartAsync(plane, "echo-2");
        await Bound.UntilAsync(() => load.ServedBy("echo-2") > 10, () => "calls on the new instance");
        await load.EndAsync();
        Assert.Empty(load.Failures);
    }

    [Fact]
    public async Task An_app_that_is_not_there_yet_is_not_registered_until_it_is()
    {
        await using var plane = await ControlPlane.StartAsync();
        int port;
        await using (var reserved = await EchoServer.StartAsync())
        {
            port = reserved.Port;
        }

        await using var sidecar = await Sidecar.StartAsync(
            "--service", "echo", "--app", $"127.0.0.1:{port}", "--instance-id", "echo-1", "--health", "tcp", "--control-plane", plane.Url);
        await sidecar.Process.LineAsync(line => line.Contains("is not healthy yet", StringComparison.Ordinal));
        Assert.Empty(await plane.InstancesAsync("echo"));
        await using var app = await EchoServer.StartAsync("echo-1", port);
        await plane.HealthyAsync("echo", "echo-1");
    }

    [Fact]
    public async Task An_app_on_a_Unix_socket_is_registered_with_its_methods_and_called_through_the_mesh()
    {
        var folder = Directory.CreateTempSubdirectory("mesh-app-");
        try
        {
            await using var plane = await ControlPlane.StartAsync();
            await using var app = await EchoServer.StartOnSocketAsync(Path.Combine(folder.FullName, "app.sock"));
            await using var sidecar = await Sidecar.StartAsync("--service", "echo", "--app", app.Address, "--instance-id", "echo-1", "--control-plane", plane.Url);
            await plane.HealthyAsync("echo", "echo-1");
            var service = await new Registry.RegistryClient(plane.Channel).GetServiceAsync(new GetServiceRequest { Name = "echo" }, cancellationToken: Bound.Token);
            Assert.Contains(new ServedMethod { Protocol = "grpc", Path = "/integration.v1.Echo/Unary" }, service.Service.Methods);

            await using var caller = await Sidecar.StartAsync("--control-plane", plane.Url, "--upstream", "echo=127.0.0.1:0");
            Assert.Equal("echo-1", (await new Echo.EchoClient(caller.Channel("echo")).UnaryAsync(new EchoRequest(), cancellationToken: Bound.Token)).Instance);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    [Fact]
    public async Task An_instance_whose_app_is_gone_becomes_unhealthy_and_is_called_no_more()
    {
        await using var plane = await ControlPlane.StartAsync();
        await using var first = await MeshInstance.StartAsync(plane, "echo-1");
        await using var second = await MeshInstance.StartAsync(plane, "echo-2");
        await plane.HealthyAsync("echo", "echo-1", "echo-2");
        await using var client = await Sidecar.StartAsync("--control-plane", plane.Url, "--upstream", "echo=127.0.0.1:0");

        await first.App.KillAsync();
        await plane.HealthyAsync("echo", "echo-2");
        var sick = Assert.Single(await plane.InstancesAsync("echo"), i => i.Id == "echo-1");
        Assert.Equal(ServiceStatus.Unhealthy, sick.Status);
        Assert.Contains("health check: ", sick.StatusReason, StringComparison.Ordinal);

        // The news is on its way to the caller; from when it is there, no call goes astray.
        var echo = new Echo.EchoClient(client.Channel("echo"));
        var inARow = 0;
        await Bound.UntilAsync(
            async () =>
            {
                try
                {
                    await echo.UnaryAsync(new EchoRequest(), cancellationToken: Bound.Token);
                    inARow++;
                }
                catch (RpcException)
                {
                    inARow = 0;
                }

                return inARow == 50;
            },
            () => "fifty calls in a row that succeed");
    }
}
