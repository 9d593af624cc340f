using Grpc.Core;
using Mesh.Integration.Processes;
using Mesh.Integration.V1;

namespace Mesh.Integration.Static;

public sealed class RoutingTests : IAsyncLifetime
{
    private EchoServer[] _servers = [];
    private Sidecar _sidecar = null!;
    private Echo.EchoClient _client = null!;

    public async Task InitializeAsync()
    {
        _servers = await EchoServer.StartManyAsync(3);
        _sidecar = await Sidecar.StartStaticAsync($$$"""
            services:
            - name: echo
              endpoints: [{address: "{{{_servers[0].Address}}}"}]
              config:
                retry: {codes: [UNAVAILABLE], backoff_base: 1ms}
                routes:
                - name: canary
                  match: {headers: [{name: x-env, exact: canary}]}
                  service: canary
                - match: {exact: /integration.v1.Echo/ServerStream}
                  service: streams
                - match: {prefix: /integration.v1.Echo/Uni}
                - match: {prefix: /integration.v1.Echo/Un, headers: [{name: x-tenant, prefix: t-}, {name: x-skip, invert: true}]}
                  timeouts: {request: 2s}
                  retry: {max_attempts: 1}
            - name: canary
              endpoints: [{address: "{{{_servers[1].Address}}}"}]
            - name: streams
              endpoints: [{address: "{{{_servers[2].Address}}}"}]
            """);
        _client = new Echo.EchoClient(_sidecar.Channel("echo"));
    }

    public async Task DisposeAsync()
    {
        await _sidecar.DisposeAsync();
        foreach (var server in _servers)
        {
            await server.DisposeAsync();
        }
    }

    [Fact]
    public async Task A_call_that_no_route_matches_goes_to_the_service_itself()
    {
        Assert.Equal("echo-1", await CallAsync([]));
        Assert.Equal("echo-1", await CallAsync(new Metadata { { "x-env", "production" } }));
    }

    [Fact]
    public async Task The_name_of_a_service_may_come_in_capitals()
    {
        using var http = new HttpClient(MeshChannel.Handler(_sidecar.Outbound));
        using var request = GrpcHttp.Request("echo", "Unary", GrpcHttp.Frame(new EchoRequest()));
        request.Headers.Host = "ECHO.Mesh:80";
        using var response = await http.SendAsync(request, Bound.Token);
        Assert.Equal("echo-1", EchoReply.Parser.ParseFrom((await response.Content.ReadAsByteArrayAsync(Bound.Token)).AsSpan(5)).Instance);
    }

    [Fact]
    public async Task A_header_leads_to_another_service()
    {
        Assert.Equal("echo-2", await CallAsync(new Metadata { { "x-env", "canary" } }));
    }

    [Fact]
    public async Task A_path_leads_to_another_service()
    {
        using var call = _client.ServerStream(Calls.Request(new Behaviour { Replies = 1 }), cancellationToken: Bound.Token);
        Assert.Equal("echo-3", Assert.Single(await call.ResponseStream.ToListAsync()).Instance);
    }

    [Fact]
    public async Task The_first_route_that_matches_wins()
    {
        using var call = _client.ServerStream(
            Calls.Request(new Behaviour { Replies = 1 }), new Metadata { { "x-env", "canary" } }, cancellationToken: Bound.Token);
        Assert.Equal("echo-2", Assert.Single(await call.ResponseStream.ToListAsync()).Instance);
    }

    [Fact]
    public async Task A_route_has_its_own_timeouts_and_retry()
    {
        var tenant = new Metadata { { "x-tenant", "t-1" } };
        var status = await Calls.FailureAsync(async () =>
            await _client.UnaryAsync(Calls.Request(new Behaviour { Hang = true }), tenant, cancellationToken: Bound.Token));
        Assert.Equal(StatusCode.DeadlineExceeded, status.StatusCode);

        var fails = Calls.Request(new Behaviour { Status = (int)StatusCode.Unavailable, FailFirst = 1, Key = "k" });
        await Calls.FailureAsync(async () => await _client.UnaryAsync(fails, tenant, cancellationToken: Bound.Token));
        Assert.Equal(1, _servers[0].Counts.Of("k"));

        // One header more, and it is the service's again.
        tenant.Add("x-skip", "yes");
        fails.Behaviour.Key = "k2";
        await _client.UnaryAsync(fails, tenant, cancellationToken: Bound.Token);
        Assert.Equal(2, _servers[0].Counts.Of("k2"));
    }

    private async Task<string> CallAsync(Metadata headers) =>
        (await _client.UnaryAsync(new EchoRequest(), headers, cancellationToken: Bound.Token)).Instance;
}
