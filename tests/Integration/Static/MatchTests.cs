using Grpc.Core;
using Mesh.Integration.Http1;
using Mesh.Integration.Processes;
using Mesh.Integration.V1;

namespace Mesh.Integration.Static;

/// <summary>Routes by regular expression, query and caller.</summary>
public sealed class MatchTests
{
    [Fact]
    public async Task In_gRPC_by_method_and_by_who_calls()
    {
        var servers = await EchoServer.StartManyAsync(3);
        var yaml = $$$"""
            services:
            - name: echo
              endpoints:
              - {address: "{{{servers[0].Address}}}", version: v1}
              - {address: "{{{servers[1].Address}}}", version: v2}
              - {address: "{{{servers[2].Address}}}", version: v3}
              config:
                routes:
                - {match: {path_regex: '/integration[.]v1[.]Echo/(Server|Bidi)Stream'}, subset: {version: v2}}
                - {match: {source: {service: web, version: "7"}}, subset: {version: v3}}
                - {subset: {version: v1}}
            """;
        await using var sidecar = await Sidecar.StartStaticAsync(yaml);
        var client = new Echo.EchoClient(sidecar.Channel("echo"));
        Assert.Equal("echo-1", (await client.UnaryAsync(new Behaviour())).Instance);
        using var call = client.ServerStream(Calls.Request(new Behaviour { Replies = 1 }), cancellationToken: Bound.Token);
        Assert.Equal("echo-2", Assert.Single(await call.ResponseStream.ToListAsync()).Instance);

        await using var web = await Sidecar.StartStaticAsync(yaml, "--service", "web", "--service-version", "7");
        Assert.Equal("echo-3", (await new Echo.EchoClient(web.Channel("echo")).UnaryAsync(new Behaviour())).Instance);
        using var admin = new HttpClient { BaseAddress = new Uri($"http://{sidecar.Admin}") };
        Assert.DoesNotContain("source", await admin.GetStringAsync("/config", Bound.Token), StringComparison.Ordinal);
        foreach (var server in servers)
        {
            await server.DisposeAsync();
        }
    }

    [Fact]
    public async Task In_HTTP_by_path_and_query()
    {
        await using var stable = await WebServer.StartAsync();
        await using var next = await WebServer.StartAsync();
        await using var sidecar = await Sidecar.StartStaticAsync($$$"""
            services:
            - name: web
              endpoints: [{address: "{{{stable.Address}}}"}]
              config:
                routes:
                - {match: {path_regex: '/orders/[0-9]+'}, service: next}
                - {match: {query: [{name: lang, exact: "pt BR"}]}, service: next}
            - name: next
              endpoints: [{address: "{{{next.Address}}}"}]
            """);
        using var client = WebCalls.Client();
        foreach (var target in (string[])["/orders/17", "/orders/17?a=b", "/?lang=pt+BR", "/?lang=pt%20BR&lang=de"])
        {
            using var answer = await client.CallAsync(sidecar.Outbound, "web", target);
        }

        Assert.Equal((0, 4), (stable.Seen.Count, next.Seen.Count));
        foreach (var target in (string[])["/orders/17/items", "/orders/", "/?lang=de&lang=pt+BR", "/lang=pt+BR"])
        {
            using var answer = await client.CallAsync(sidecar.Outbound, "web", target);
        }

        Assert.Equal((4, 4), (stable.Seen.Count, next.Seen.Count));
    }
}
