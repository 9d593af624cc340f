using Grpc.Core;
using Grpc.Health.V1;
using Mesh.Integration.Processes;
using Status = Grpc.Health.V1.HealthCheckResponse.Types.ServingStatus;

namespace Mesh.Integration.Static;

/// <summary>An app asks its sidecar, with an ordinary client of gRPC, about the sidecar itself and about services.</summary>
public sealed class MeshApiTests
{
    [Fact]
    public async Task The_sidecar_says_whether_it_and_services_are_well()
    {
        await using var server = await EchoServer.StartAsync("echo-1");
        await using var sidecar = await StartAsync(server);
        var health = new Health.HealthClient(sidecar.Channel("mesh"));
        Assert.Equal(Status.Serving, (await health.CheckAsync(new HealthCheckRequest(), cancellationToken: Bound.Token)).Status);
        Assert.Equal(Status.Serving, (await health.CheckAsync(new HealthCheckRequest { Service = "echo" }, cancellationToken: Bound.Token)).Status);
        Assert.Equal(Status.NotServing, (await health.CheckAsync(new HealthCheckRequest { Service = "empty" }, cancellationToken: Bound.Token)).Status);
        var none = await Assert.ThrowsAsync<RpcException>(async () => await health.CheckAsync(new HealthCheckRequest { Service = "nobody" }, cancellationToken: Bound.Token));
        Assert.Equal(StatusCode.NotFound, none.StatusCode);
    }

    [Fact]
    public async Task Its_calls_are_in_the_metrics_as_any_service_s()
    {
        await using var server = await EchoServer.StartAsync("echo-1");
        await using var sidecar = await StartAsync(server);
        await new Health.HealthClient(sidecar.Channel("mesh")).CheckAsync(new HealthCheckRequest(), cancellationToken: Bound.Token);
        using var http = new HttpClient();
        var metrics = await http.GetStringAsync($"http://{sidecar.Admin}/metrics", Bound.Token);
        Assert.Contains(metrics.Split('\n'), line => line.Contains("service=\"mesh\"", StringComparison.Ordinal) && line.Contains("grpc.health.v1.Health/Check", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_watch_hears_of_the_end_and_does_not_hold_it_up()
    {
        await using var server = await EchoServer.StartAsync("echo-1");
        await using var sidecar = await StartAsync(server);
        using var watch = new Health.HealthClient(sidecar.Channel("mesh")).Watch(new HealthCheckRequest(), cancellationToken: Bound.Token);
        Assert.True(await watch.ResponseStream.MoveNext(Bound.Token));
        Assert.Equal(Status.Serving, watch.ResponseStream.Current.Status);
        sidecar.Process.Terminate();
        Assert.True(await watch.ResponseStream.MoveNext(Bound.Token));
        Assert.Equal(Status.NotServing, watch.ResponseStream.Current.Status);
        await Assert.ThrowsAsync<RpcException>(() => watch.ResponseStream.MoveNext(Bound.Token));
        Assert.Equal(0, await sidecar.Process.ExitCodeAsync());
    }

    private static Task<Sidecar> StartAsync(EchoServer server) => Sidecar.StartStaticAsync($$"""
        services:
        - name: echo
          endpoints: [{address: "{{server.Address}}"}]
        - name: empty
        """);
}
