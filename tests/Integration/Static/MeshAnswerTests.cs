using Grpc.Core;
using Mesh.Integration.Processes;
using Mesh.Integration.Telemetry;
using Mesh.Integration.V1;

namespace Mesh.Integration.Static;

/// <summary>Failures that the mesh makes say what is wrong, and where.</summary>
public sealed class MeshAnswerTests
{
    [Fact]
    public async Task A_service_that_does_not_exist_is_named()
    {
        var status = await CallAsync("services: []", "nowhere");
        Assert.Equal(new Status(StatusCode.Unavailable, "no such service 'nowhere'"), status);
    }

    [Fact]
    public async Task A_service_without_endpoints_says_so()
    {
        var status = await CallAsync(Yaml.Service("echo", []), "echo");
        Assert.Equal(new Status(StatusCode.Unavailable, "service 'echo': it has no endpoints"), status);
    }

    [Fact]
    public async Task Endpoints_that_are_out_are_counted_by_reason()
    {
        var status = await CallAsync("""
            services:
            - name: echo
              endpoints:
              - {address: "127.0.0.1:1", status: UNHEALTHY}
              - {address: "127.0.0.1:2", status: UNHEALTHY}
              - {address: "127.0.0.1:3", status: STARTING}
              config: {balancing: {panic_threshold: 0}}
            """, "echo");
        Assert.Equal(
            new Status(StatusCode.Unavailable, "service 'echo': none of its 3 endpoints can be used (1 STARTING, 2 UNHEALTHY)"), status);
    }

    [Fact]
    public async Task An_endpoint_that_cannot_be_reached_is_named_and_then_left_alone()
    {
        await using var gone = await EchoServer.StartAsync();
        await gone.KillAsync();
        await using var sidecar = await Sidecar.StartStaticAsync(
            Yaml.Service("echo", gone, "{breaker: {consecutive_failures: 2, max_ejection_percent: 100}, retry: {max_attempts: 1}}"));
        var client = new Echo.EchoClient(sidecar.Channel("echo"));
        var first = await client.FailureAsync(new Behaviour());
        Assert.Equal(StatusCode.Unavailable, first.StatusCode);
        Assert.Contains($"service 'echo': {gone.Address} cannot be reached: connection refused", first.Detail, StringComparison.Ordinal);

        var last = first;
        for (var i = 0; i < 5; i++)
        {
            last = await client.FailureAsync(new Behaviour());
        }

        Assert.Equal(
            new Status(StatusCode.Unavailable, "service 'echo': none of its 1 endpoints can be used (1 with an open circuit)"), last);
    }

    [Fact]
    public async Task A_route_to_a_service_that_does_not_exist_is_named()
    {
        var status = await CallAsync(
            Yaml.Service("echo", ["127.0.0.1:1"], "{routes: [{name: all, service: nowhere}]}"), "echo", allowRefusal: true);
        Assert.Contains("nowhere", status.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Calls_above_the_services_limit_are_refused_until_there_is_room()
    {
        await using var server = await EchoServer.StartAsync();
        await using var sidecar = await Sidecar.StartStaticAsync(Yaml.Service("echo", server, "{limits: {max_concurrent_requests: 2}}"));
        var client = new Echo.EchoClient(sidecar.Channel("echo"));
        using var cancel = new CancellationTokenSource();
        var hanging = Enumerable.Range(0, 2)
            .Select(_ => client.UnaryAsync(Calls.Request(new Behaviour { Hang = true }), cancellationToken: cancel.Token).ResponseAsync).ToArray();
        await Bound.UntilAsync(() => server.Counts.UnderWay == 2, () => "two calls are under way");
        Assert.Equal(
            new Status(StatusCode.Unavailable, "service 'echo': too many calls are under way (limit 2)"), await client.FailureAsync(new Behaviour()));
        Assert.Equal(2, server.Counts.Calls);

        await cancel.CancelAsync();
        await Task.WhenAll(hanging.Select(call => Assert.ThrowsAsync<RpcException>(() => call)));
        await Bound.UntilAsync(() => server.Counts.UnderWay == 0, () => "no call is under way");
        await client.UnaryAsync(new Behaviour());
    }

    [Theory]
    [InlineData(400, StatusCode.Internal)]
    [InlineData(401, StatusCode.Unauthenticated)]
    [InlineData(403, StatusCode.PermissionDenied)]
    [InlineData(404, StatusCode.Unimplemented)]
    [InlineData(429, StatusCode.Unavailable)]
    [InlineData(500, StatusCode.Unknown)]
    [InlineData(503, StatusCode.Unavailable)]
    [InlineData(200, StatusCode.Unknown)]
    public async Task A_page_instead_of_gRPC_becomes_the_status_that_gRPC_has_for_it(int http, StatusCode expected)
    {
        await using var server = await EchoServer.StartRawAsync(async context =>
        {
            context.Response.StatusCode = http;
            context.Response.ContentType = "text/html";
            await context.Response.Body.WriteAsync("<h1>Sorry</h1>"u8.ToArray());
        });
        var status = await CallAsync(Yaml.Service("echo", server), "echo");
        Assert.Equal(expected, status.StatusCode);
        Assert.Equal($"service 'echo': {server.Address} answered HTTP {http}, which is not gRPC", status.Detail);
    }

    [Fact]
    public async Task A_failure_of_the_mesh_says_to_programs_what_and_where_it_was()
    {
        await using var gone = await EchoServer.StartAsync();
        await gone.KillAsync();
        await using var sidecar = await Sidecar.StartStaticAsync(
            Yaml.Service("echo", gone, "{breaker: {disabled: true}}"), "--service", "caller", "--instance-id", "caller-7");
        var client = new Echo.EchoClient(sidecar.Channel("echo"));
        var failure = await Assert.ThrowsAsync<RpcException>(() => client.UnaryAsync(new Behaviour()));

        // google.rpc.Status { code, message, details }, Any { type_url, value }, ErrorInfo { reason, domain, metadata }
        var status = new WireMessage(failure.Trailers.GetValueBytes("grpc-status-details-bin"));
        Assert.Equal((ulong)StatusCode.Unavailable, status.Number(1));
        Assert.Equal(failure.Status.Detail, status.Text(2));
        var any = status.Messages(3).Single();
        Assert.Equal("type.googleapis.com/google.rpc.ErrorInfo", any.Text(1));
        var info = any.Message(2)!;
        Assert.Equal(("CONNECT_FAILED", "mesh"), (info.Text(1), info.Text(2)));
        Assert.Equal(
            new Dictionary<string, string>
            {
                ["service"] = "echo",
                ["hop"] = "outbound",
                ["instance"] = "caller-7",
                ["endpoint"] = gone.Address,
            },
            info.Messages(3).ToDictionary(entry => entry.Text(1), entry => entry.Text(2)));
    }

    [Fact]
    public async Task A_caller_who_does_not_speak_gRPC_is_told_in_HTTP()
    {
        await using var sidecar = await Sidecar.StartStaticAsync("services: []");
        using var http = new HttpClient(MeshChannel.Handler(sidecar.Outbound));
        using var request = new HttpRequestMessage(HttpMethod.Get, "http://nowhere/") { Version = new Version(2, 0), VersionPolicy = HttpVersionPolicy.RequestVersionExact };
        using var response = await http.SendAsync(request, Bound.Token);
        Assert.Equal(404, (int)response.StatusCode);
        Assert.Equal("no such service 'nowhere'", response.Headers.GetValues("x-mesh-error").Single());
        Assert.False(response.Headers.Contains("grpc-status-details-bin"));
    }

    private static async Task<Status> CallAsync(string yaml, string service, bool allowRefusal = false)
    {
        Sidecar sidecar;
        try
        {
            sidecar = await Sidecar.StartStaticAsync(yaml);
        }
        catch (ProcessFailedException refused) when (allowRefusal)
        {
            return new Status(StatusCode.InvalidArgument, refused.Message);
        }

        await using (sidecar)
        {
            return await new Echo.EchoClient(sidecar.Channel(service)).FailureAsync(new Behaviour());
        }
    }
}
