using Mesh.Hosting;
using Mesh.Sidecar.Health;
using Mesh.Sidecar.Options;
using Mesh.Sidecar.Routing;
using Mesh.Sidecar.Tests.Discovery;
using Mesh.Tests;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace Mesh.Sidecar.Tests.Health;

public sealed class HealthProbeTests
{
    [Fact]
    public async Task By_grpc_it_is_as_well_as_it_says()
    {
        await using var app = await CheckedApp.StartAsync();
        using var probe = HealthProbe.Create(new HealthOption(HealthKind.Grpc), app.Endpoint)!;
        Assert.Equal(CheckResult.Passed, await probe.CheckAsync(default));
        app.Say(false);
        Assert.Equal(CheckResult.Failed("it says NotServing"), await probe.CheckAsync(default));
        app.Say(true);
        Assert.True((await probe.CheckAsync(default)).IsHealthy);
    }

    [Fact]
    public async Task One_without_the_health_service_is_told_how_it_can_be_checked()
    {
        await using var app = await CheckedApp.StartAsync(withHealth: false);
        using var probe = HealthProbe.Create(new HealthOption(HealthKind.Grpc), app.Endpoint)!;
        Assert.Contains("check it by tcp or http instead", (await probe.CheckAsync(default)).Reason, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("/status/200", true)]
    [InlineData("/status/399", true)]
    [InlineData("/status/400", false)]
    [InlineData("/status/503", false)]
    public async Task By_http_200_to_399_is_well(string path, bool isWell)
    {
        await using var app = await CheckedApp.StartAsync(HttpProtocols.Http1);
        using var probe = HealthProbe.Create(new HealthOption(HealthKind.Http, path), app.Endpoint)!;
        var result = await probe.CheckAsync(default);
        Assert.Equal(isWell, result.IsHealthy);
        Assert.Equal(isWell ? "" : $"{path} answers {path[^3..]}", result.Reason);
    }

    [Fact]
    public async Task By_tcp_who_accepts_is_well()
    {
        var app = await CheckedApp.StartAsync();
        using var probe = HealthProbe.Create(new HealthOption(HealthKind.Tcp), app.Endpoint)!;
        Assert.True((await probe.CheckAsync(default)).IsHealthy);
        await app.DisposeAsync();
        Assert.False((await probe.CheckAsync(default)).IsHealthy);
    }

    [Fact]
    public async Task By_itself_it_finds_the_health_service_and_goes_by_what_that_says()
    {
        await using var app = await CheckedApp.StartAsync();
        using var probe = HealthProbe.Create(new HealthOption(HealthKind.Auto), app.Endpoint)!;
        Assert.Equal(CheckResult.Passed, await probe.CheckAsync(default));
        Assert.Equal(HealthKind.Grpc, probe.InForce.Kind);
        app.Say(false);
        Assert.Equal(CheckResult.Failed("it says NotServing"), await probe.CheckAsync(default));
    }

    [Theory]
    [InlineData(HttpProtocols.Http2)]
    [InlineData(HttpProtocols.Http1)]
    public async Task By_itself_it_is_content_with_a_connection_where_there_is_no_health_service(HttpProtocols protocol)
    {
        await using var app = await CheckedApp.StartAsync(protocol, withHealth: false);
        using var probe = HealthProbe.Create(new HealthOption(HealthKind.Auto), app.Endpoint)!;
        Assert.Equal(CheckResult.Passed, await probe.CheckAsync(default));
        Assert.Equal(HealthKind.Tcp, probe.InForce.Kind);
    }

    [Fact]
    public async Task What_comes_up_in_the_app_s_place_is_asked_anew()
    {
        var before = await CheckedApp.StartAsync(withHealth: false);
        using var probe = HealthProbe.Create(new HealthOption(HealthKind.Auto), before.Endpoint)!;
        Assert.True((await probe.CheckAsync(default)).IsHealthy);
        await before.DisposeAsync();
        Assert.False((await probe.CheckAsync(default)).IsHealthy);

        await using var after = await CheckedApp.StartAsync(port: ((System.Net.IPEndPoint)before.Endpoint.Addresses[0]).Port);
        after.Say(false);
        // One whose first answer takes longer than the check is asked again.
        await Condition.HoldsAsync(async () => await probe.CheckAsync(default) == CheckResult.Failed("it says NotServing"), () => "it is asked by gRPC", Wait.Limit);
    }

    [Fact]
    public async Task A_server_that_is_silent_until_it_is_spoken_to_in_its_own_way_is_content_with_a_connection_as_well()
    {
        using var silent = new System.Net.Sockets.TcpListener(System.Net.IPAddress.Loopback, 0);
        silent.Start();
        var place = Sole.App("app", "app-1", silent.LocalEndpoint.ToString()!).Endpoint;
        using var probe = HealthProbe.Create(new HealthOption(HealthKind.Auto), place)!;
        for (var i = 0; i < 3; i++)
        {
            Assert.Equal(CheckResult.Passed, await probe.CheckAsync(default));
        }

        Assert.Equal(HealthKind.Tcp, probe.InForce.Kind);
    }

    [Theory]
    [InlineData("Grpc")]
    [InlineData("Http")]
    [InlineData("Tcp")]
    public async Task Nobody_there_is_a_failed_check_and_no_exception(string kind)
    {
        var app = await CheckedApp.StartAsync();
        await app.DisposeAsync();
        using var probe = HealthProbe.Create(new HealthOption(Enum.Parse<HealthKind>(kind), "/"), app.Endpoint)!;
        var result = await probe.CheckAsync(default);
        Assert.False(result.IsHealthy);
        Assert.Equal("connection refused", result.Reason); // and not what a library says of it, exception upon exception
    }
}
