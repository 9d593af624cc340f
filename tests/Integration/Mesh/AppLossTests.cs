using System.Net;
using Grpc.Core;
using Mesh.Integration.Http1;
using Mesh.Integration.Processes;
using Mesh.Integration.Static;
using Mesh.Integration.Telemetry;
using Mesh.Integration.V1;
using Mesh.V1;

namespace Mesh.Integration.Mesh;

/// <summary>An app is gone and the sidecar beside it is not.</summary>
public sealed class AppLossTests
{
    [Fact]
    public async Task No_call_is_lost_without_a_policy_and_the_registry_knows_at_once()
    {
        await using var plane = await ControlPlane.StartAsync();
        await using var first = await MeshInstance.StartAsync(plane, "echo-1");
        await using var second = await MeshInstance.StartAsync(plane, "echo-2");
        await plane.HealthyAsync("echo", "echo-1", "echo-2");
        // Not told of by the control plane: so that it goes on to call both.
        await using var client = await Sidecar.StartStaticAsync(Yaml.Service(
            "echo", [first.Sidecar.Inbound, second.Sidecar.Inbound], "{balancing: {policy: ROUND_ROBIN}}"));
        var echo = new Echo.EchoClient(client.Channel("echo"));
        for (var i = 0; i < 10; i++)
        {
            await echo.UnaryAsync(new EchoRequest(), cancellationToken: Bound.Token);
        }

        await first.App.KillAsync();
        for (var i = 0; i < 60; i++)
        {
            Assert.Equal("echo-2", (await echo.UnaryAsync(new EchoRequest(), cancellationToken: Bound.Token)).Instance);
        }

        await first.Sidecar.Process.LineAsync(line => line.Contains("is unhealthy", StringComparison.Ordinal));
        await Bound.UntilAsync(
            async () => (await plane.InstancesAsync("echo")).Single(instance => instance.Id == "echo-1").Status == ServiceStatus.Unhealthy,
            () => "the registry knows that echo-1 is down");
    }

    [Fact]
    public async Task The_message_names_the_instance_and_not_the_port_of_its_app()
    {
        await using var plane = await ControlPlane.StartAsync();
        await using var only = await MeshInstance.StartAsync(plane, "echo-1");
        await plane.HealthyAsync("echo", "echo-1");
        await using var client = await Sidecar.StartStaticAsync(
            $"services: [{{name: echo, endpoints: [{{id: echo-1, address: \"{only.Sidecar.Inbound}\"}}]}}]");
        var echo = new Echo.EchoClient(client.Channel("echo"));
        await echo.UnaryAsync(new EchoRequest(), cancellationToken: Bound.Token);
        await only.App.KillAsync();
        var failure = await Assert.ThrowsAsync<RpcException>(() => echo.UnaryAsync(new EchoRequest(), cancellationToken: Bound.Token).ResponseAsync);
        Assert.Equal(StatusCode.Unavailable, failure.StatusCode);
        Assert.Contains($"service 'echo': echo-1 ({only.Sidecar.Inbound}) ", failure.Status.Detail, StringComparison.Ordinal);
        Assert.DoesNotContain(only.App.Address, failure.Status.Detail, StringComparison.Ordinal);
    }

    /// <summary>Breakers may take out everybody here: it is not the bound on them that keeps the instance in.</summary>
    [Theory]
    [InlineData(Paths.OneSidecar)]
    [InlineData(Paths.TwoSidecars)]
    public async Task Calls_that_an_app_takes_with_it_open_no_circuit_and_once_it_is_back_it_is_served(string path)
    {
        await using var first = await EchoServer.StartAsync();
        await using var inbound = await Sidecar.StartStaticAsync(
            "services: []", "--service", "echo", "--app", first.Address, "--instance-id", "echo-1", "--health", "none");
        var endpoint = path == Paths.OneSidecar ? first.Address : inbound.Inbound;
        await using var client = await Sidecar.StartStaticAsync(Yaml.Service("echo", [endpoint], "{breaker: {max_ejection_percent: 100}}"));
        var echo = new Echo.EchoClient(client.Channel("echo"));
        var calls = Enumerable.Range(0, 6).Select(_ => echo.UnaryAsync(Calls.Request(new Behaviour { Hang = true })).ResponseAsync).ToArray();
        await Bound.UntilAsync(() => first.Counts.Calls == 6, () => "all calls are under way");

        await first.KillAsync();
        foreach (var call in calls)
        {
            var lost = await Assert.ThrowsAsync<RpcException>(() => call);
            Assert.Equal(StatusCode.Unavailable, lost.StatusCode);
            if (path == Paths.TwoSidecars)
            {
                // google.rpc.Status.details[0].value, a google.rpc.ErrorInfo with a map of metadata
                var info = new WireMessage(lost.Trailers.GetValueBytes("grpc-status-details-bin")).Messages(3).Single().Message(2)!;
                var metadata = info.Messages(3).ToDictionary(entry => entry.Text(1), entry => entry.Text(2));
                Assert.Equal(("inbound", "echo-1"), (metadata["hop"], metadata["endpoint"]));
                Assert.DoesNotContain(lost.Trailers, entry => entry.Key.StartsWith("x-mesh", StringComparison.Ordinal));
            }
        }

        await using var second = await EchoServer.StartAsync("echo-2", first.Port);
        Assert.Equal("echo-2", (await echo.UnaryAsync(new Behaviour())).Instance);
        Assert.DoesNotContain(client.Process.Errors, line => line.Contains("circuit", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Over_http1_no_call_is_lost_either()
    {
        var web = await WebServer.StartAsync();
        await using var other = await WebServer.StartAsync();
        await using var first = await Sidecar.StartStaticAsync("services: []", "--service", "web", "--app", web.Address, "--instance-id", "web-1");
        await using var second = await Sidecar.StartStaticAsync("services: []", "--service", "web", "--app", other.Address, "--instance-id", "web-2");
        await using var client = await Sidecar.StartStaticAsync(
            Yaml.Service("web", [first.Inbound, second.Inbound], "{balancing: {policy: ROUND_ROBIN}}"));
        using var http = WebCalls.Client();
        using (var before = await http.CallAsync(client.Outbound, "web"))
        {
            Assert.True(before.IsSuccessStatusCode);
        }

        await web.DisposeAsync();
        for (var i = 0; i < 60; i++)
        {
            using var answer = await http.CallAsync(client.Outbound, "web");
            Assert.True(answer.IsSuccessStatusCode, $"{i}: {await answer.Content.ReadAsStringAsync()}");
        }

        using var direct = await http.CallAsync(first.Inbound, "web");
        Assert.Contains("the app of web-1 cannot be reached", await direct.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        Assert.Equal(["1"], direct.Headers.GetValues("x-mesh-not-processed"));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Over_http1_calls_that_an_app_takes_with_it_open_no_circuit_either(bool hasSidecar)
    {
        var web = await WebServer.StartAsync();
        web.FailFirst = 6;
        await using var inbound = await Sidecar.StartStaticAsync("services: []", "--service", "web", "--app", web.Address, "--health", "none");
        await using var client = await Sidecar.StartStaticAsync(Yaml.Service("web", [hasSidecar ? inbound.Inbound : web.Address], "{breaker: {max_ejection_percent: 100}}"));
        using var http = WebCalls.Client();
        var calls = Enumerable.Range(0, 6).Select(_ => http.CallAsync(client.Outbound, "web", "/late")).ToArray();
        await Bound.UntilAsync(() => web.Seen.Count == 6, () => "all calls are under way");
        await web.DisposeAsync();
        foreach (var call in calls)
        {
            using var lost = await call;
            Assert.Equal(HttpStatusCode.BadGateway, lost.StatusCode);
            Assert.False(lost.Headers.Contains("x-mesh-local-reply"));
        }

        using var next = await http.CallAsync(client.Outbound, "web");
        Assert.DoesNotContain("circuit", await next.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        Assert.DoesNotContain(client.Process.Errors, line => line.Contains("circuit", StringComparison.Ordinal));
    }

    [Fact]
    public async Task An_app_cannot_say_that_it_has_not_processed_a_request_over_http1()
    {
        await using var web = await WebServer.StartAsync();
        await using var inbound = await Sidecar.StartStaticAsync("services: []", "--service", "web", "--app", web.Address);
        await using var client = await Sidecar.StartStaticAsync(Yaml.Service("web", [inbound.Inbound]));
        using var http = WebCalls.Client();
        using var answer = await http.CallAsync(client.Outbound, "web", "/refusal", HttpMethod.Post, "once");
        Assert.Equal("refused", await answer.Content.ReadAsStringAsync());
        Assert.DoesNotContain(answer.Headers, header => header.Key.StartsWith("x-mesh", StringComparison.OrdinalIgnoreCase));
        Assert.Single(web.Seen);
    }
}
