using Grpc.Core;
using Mesh.Integration.Http1;
using Mesh.Integration.Processes;
using Mesh.Integration.V1;
using Microsoft.AspNetCore.Http;

namespace Mesh.Integration.Static;

/// <summary>What a route changes of its calls arrives changed, and so do the answers.</summary>
public sealed class RewriteTests
{
    [Fact]
    public async Task In_gRPC_a_method_moves_with_its_metadata()
    {
        string? seen = null;
        await using var server = await EchoServer.StartRawAsync(async context =>
        {
            var request = context.Request;
            seen = $"{request.Path} {request.Host} {request.Headers["x-tier"]} {request.Headers["x-secret"].Count}";
            context.Response.ContentType = GrpcHttp.Type;
            context.Response.Headers["x-powered-by"] = ".NET";
            await context.Response.Body.WriteAsync(GrpcHttp.Frame(new EchoReply { Instance = "renamed" }));
            context.Response.AppendTrailer("grpc-status", "0");
        });
        await using var sidecar = await Sidecar.StartStaticAsync(Yaml.Service("echo", server, """
            {routes: [{match: {prefix: /integration.v1.Echo/},
                       rewrite: {prefix: /integration.v2.Echo/, host: "inner:80",
                                 request_headers: {set: {x-tier: gold}, remove: [x-secret]},
                                 response_headers: {set: {server: shop}, remove: [x-powered-by]}}}]}
            """));
        using var call = new Echo.EchoClient(sidecar.Channel("echo")).UnaryAsync(
            new EchoRequest(), new Metadata { { "x-tier", "tin" }, { "x-secret", "s" } }, cancellationToken: Bound.Token);
        Assert.Equal("renamed", (await call).Instance);
        Assert.Equal("/integration.v2.Echo/Unary inner:80 gold 0", seen);
        var headers = await call.ResponseHeadersAsync;
        Assert.Equal(("shop", null), (headers.GetValue("server"), headers.GetValue("x-powered-by")));
    }

    [Fact]
    public async Task In_HTTP()
    {
        await using var web = await WebServer.StartAsync();
        await using var sidecar = await Sidecar.StartStaticAsync(Yaml.Service("web", [web.Address], """
            {routes: [{match: {prefix: /api/}, rewrite: {prefix: /, host: "inner:80", response_headers: {set: {x-from: mesh}, remove: [x-seen]}}}]}
            """));
        using var client = WebCalls.Client();
        using var changed = await client.CallAsync(sidecar.Outbound, "web", "/api/a/b?c=d", HttpMethod.Put, "hello");
        Assert.Equal("GET /other web", await OtherAsync());
        Assert.Equal(["PUT /a/b?c=d inner:80", "GET /other web"], web.Seen);
        Assert.Equal("hello", await changed.Content.ReadAsStringAsync(Bound.Token));
        Assert.Equal("mesh", changed.Headers.GetValues("x-from").Single());
        Assert.False(changed.Headers.Contains("x-seen"));

        async Task<string> OtherAsync()
        {
            using var other = await client.CallAsync(sidecar.Outbound, "web", "/other");
            return other.Headers.GetValues("x-seen").Single();
        }
    }
}
