using Grpc.Core;
using Mesh.Integration.Processes;
using Mesh.Integration.V1;

namespace Mesh.Integration.Telemetry;

public sealed class MetricsExportTests
{
    private const string Method = "integration.v1.Echo/Unary";

    [Fact]
    public async Task Durations_of_calls_arrive_under_the_names_and_attributes_of_the_conventions()
    {
        await using var server = await EchoServer.StartAsync();
        await using var pair = await TracedPair.StartAsync(server.Address);
        var client = new Echo.EchoClient(pair.Outbound.Channel("echo"));
        for (var i = 0; i < 7; i++)
        {
            await client.UnaryAsync(new EchoRequest(), cancellationToken: Bound.Token);
        }

        for (var i = 0; i < 3; i++)
        {
            var fail = new EchoRequest { Behaviour = new Behaviour { Status = (int)StatusCode.Internal } };
            await Assert.ThrowsAsync<RpcException>(() => client.UnaryAsync(fail, cancellationToken: Bound.Token).ResponseAsync);
        }

        // The end sends what is left, so that no call is missing.
        await pair.EndAsync();
        AssertDurations(pair.Receiver.Points("mesh-sidecar", "rpc.client.call.duration"));
        AssertDurations(pair.Receiver.Points("echo-sidecar", "rpc.server.call.duration"));
        Assert.Empty(pair.Receiver.Points("mesh-sidecar", "rpc.server.call.duration"));

        var attempts = Assert.Single(pair.Receiver.Points("mesh-sidecar", "mesh.attempts"));
        Assert.Equal(10, attempts.Value);
        Assert.Equal("outbound", attempts.Attributes["mesh.direction"]);
        Assert.Equal("echo", attempts.Attributes["mesh.service"]);
        var breaker = Assert.Single(pair.Receiver.Points("mesh-sidecar", "mesh.breaker.state"));
        Assert.Equal(0, breaker.Value);
        Assert.Equal("echo-7", breaker.Attributes["mesh.endpoint"]);
    }

    [Fact]
    public async Task Metrics_alone_may_be_exported_by_their_own_variable()
    {
        await using var server = await EchoServer.StartAsync();
        await using var receiver = await OtlpReceiver.StartAsync();
        using var services = StaticFile.Echo(server.Address);
        await using var sidecar = await StartAsync(services, ("OTEL_EXPORTER_OTLP_METRICS_ENDPOINT", $"http://{receiver.Address}"));
        await new Echo.EchoClient(sidecar.Channel("echo")).UnaryAsync(new EchoRequest(), cancellationToken: Bound.Token);
        sidecar.Process.Terminate();
        Assert.Equal(0, await sidecar.Process.ExitCodeAsync());
        Assert.Equal(1, Assert.Single(receiver.Points("shop", "rpc.client.call.duration")).Value);
        Assert.Empty(receiver.Spans);
    }

    [Fact]
    public async Task A_disabled_SDK_exports_nothing()
    {
        await using var server = await EchoServer.StartAsync();
        await using var receiver = await OtlpReceiver.StartAsync();
        using var services = StaticFile.Echo(server.Address);
        await using var sidecar = await StartAsync(
            services, ("OTEL_EXPORTER_OTLP_ENDPOINT", $"http://{receiver.Address}"), ("OTEL_SDK_DISABLED", "true"));
        await new Echo.EchoClient(sidecar.Channel("echo")).UnaryAsync(new EchoRequest(), cancellationToken: Bound.Token);
        sidecar.Process.Terminate();
        Assert.Equal(0, await sidecar.Process.ExitCodeAsync());
        Assert.Empty(receiver.Spans);
        Assert.Empty(receiver.Points("shop", "rpc.client.call.duration"));
    }

    [Fact]
    public async Task An_endpoint_that_is_no_URL_is_told_and_calls_go_on()
    {
        await using var server = await EchoServer.StartAsync();
        using var services = StaticFile.Echo(server.Address);
        await using var sidecar = await StartAsync(services, ("OTEL_EXPORTER_OTLP_ENDPOINT", "collector"));
        await new Echo.EchoClient(sidecar.Channel("echo")).UnaryAsync(new EchoRequest(), cancellationToken: Bound.Token);
        await sidecar.Process.LineAsync(line => line.Contains("OTEL_EXPORTER_OTLP_ENDPOINT: 'collector' is no URL", StringComparison.Ordinal));
    }

    private static void AssertDurations(IReadOnlyList<ReceivedPoint> points)
    {
        Assert.Equal(2, points.Count);
        var ok = Assert.Single(points, p => p.Attributes["rpc.status_code"] == "OK");
        var failed = Assert.Single(points, p => p.Attributes["rpc.status_code"] == "INTERNAL");
        Assert.Equal(7, ok.Value);
        Assert.Equal(3, failed.Value);
        Assert.Equal("INTERNAL", failed.Attributes["error.type"]);
        Assert.DoesNotContain("error.type", ok.Attributes.Keys);
        Assert.All(points, p =>
        {
            Assert.Equal("s", p.Unit);
            Assert.Equal("grpc", p.Attributes["rpc.system.name"]);
            Assert.Equal(Method, p.Attributes["rpc.method"]);
            Assert.Equal("echo", p.Attributes["server.address"]);
            Assert.Contains(0.005, p.Bounds);
        });
    }

    private static Task<Sidecar> StartAsync(StaticFile services, params (string Name, string Value)[] variables) => Sidecar.StartAsync(
        ["--static", services.Path],
        [.. variables.Select(v => KeyValuePair.Create(v.Name, v.Value)), KeyValuePair.Create("OTEL_SERVICE_NAME", "shop")]);
}
