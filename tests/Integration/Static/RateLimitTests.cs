using System.Net;
using Grpc.Core;
using Mesh.Integration.Processes;
using Mesh.Integration.V1;

namespace Mesh.Integration.Static;

/// <summary>Rates that callers and instances keep to.</summary>
public sealed class RateLimitTests
{
    [Fact]
    public async Task Calls_beyond_a_rate_are_refused_in_both_protocols_and_told_when_to_come_again()
    {
        await using var server = await EchoServer.StartAsync();
        await using var sidecar = await Sidecar.StartStaticAsync($$"""
            services:
            - name: echo
              endpoints: [{address: "{{server.Address}}"}]
              config:
                rate_limits: [{requests: 3, per: 1h}]
            """);
        var client = new Echo.EchoClient(sidecar.Channel("echo"));
        for (var i = 0; i < 3; i++)
        {
            await client.UnaryAsync(new Behaviour());
        }

        var refused = await Assert.ThrowsAsync<RpcException>(() => client.UnaryAsync(new Behaviour()));
        Assert.Equal(StatusCode.ResourceExhausted, refused.StatusCode);
        Assert.StartsWith("service 'echo': more calls than its rate limit of 3 in 1h allows; try again in ", refused.Status.Detail, StringComparison.Ordinal);
        var pushback = int.Parse(refused.Trailers.GetValue("grpc-retry-pushback-ms")!, null);
        Assert.InRange(pushback, 1, 20 * 60 * 1000);

        using var http = new HttpClient { BaseAddress = new Uri($"http://{sidecar.Outbound}") };
        using var request = new HttpRequestMessage(HttpMethod.Get, "/") { Headers = { Host = "echo" } };
        using var response = await http.SendAsync(request, Bound.Token);
        Assert.Equal(HttpStatusCode.TooManyRequests, response.StatusCode);
        Assert.InRange(response.Headers.RetryAfter!.Delta!.Value, TimeSpan.FromSeconds(1), TimeSpan.FromMinutes(20));
        Assert.Equal(3, server.Counts.Calls);
    }

    [Fact]
    public async Task Faults_are_made_in_both_protocols_where_a_route_asks_for_them()
    {
        await using var server = await EchoServer.StartAsync();
        await using var sidecar = await Sidecar.StartStaticAsync($$$"""
            services:
            - name: echo
              endpoints: [{address: "{{{server.Address}}}"}]
              config:
                routes:
                - match: {headers: [{name: x-chaos}]}
                  fault: {delay: {duration: 1ms}, abort: {code: DATA_LOSS}}
                - match: {prefix: /}
                  fault: {by_header: true}
            """);
        var client = new Echo.EchoClient(sidecar.Channel("echo"));
        await client.UnaryAsync(new Behaviour());
        Assert.Equal(StatusCode.DataLoss, await StatusAsync("x-chaos", "yes"));
        Assert.Equal(StatusCode.PermissionDenied, await StatusAsync("x-mesh-fault-abort", "PERMISSION_DENIED"));
        Assert.Equal(1, server.Counts.Calls);

        async Task<StatusCode> StatusAsync(string header, string value) => (await Assert.ThrowsAsync<RpcException>(async () =>
            await client.UnaryAsync(new EchoRequest(), new Metadata { { header, value } }, cancellationToken: Bound.Token))).StatusCode;
    }
}
