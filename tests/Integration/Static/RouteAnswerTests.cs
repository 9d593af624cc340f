using System.Net;
using Grpc.Core;
using Mesh.Integration.Http1;
using Mesh.Integration.Processes;
using Mesh.Integration.V1;

namespace Mesh.Integration.Static;

/// <summary>Routes that answer their calls themselves.</summary>
public sealed class RouteAnswerTests
{
    [Fact]
    public async Task In_gRPC()
    {
        await using var server = await EchoServer.StartAsync();
        await using var sidecar = await Sidecar.StartStaticAsync(Yaml.Service("echo", server, """
            {routes: [{match: {path_regex: '.*/Unary'}, direct_response: {http_status: 503, code: UNAVAILABLE, message: "back at noon"}},
                      {name: moved, redirect: {host: elsewhere}}]}
            """));
        var client = new Echo.EchoClient(sidecar.Channel("echo"));
        Assert.Equal((StatusCode.Unavailable, "back at noon"), Of(await client.FailureAsync(new Behaviour())));
        using var call = client.ServerStream(new EchoRequest(), cancellationToken: Bound.Token);
        var status = await Calls.FailureAsync(() => call.ResponseStream.ToListAsync());
        Assert.Equal(StatusCode.FailedPrecondition, status.StatusCode);
        Assert.Contains("route 'moved' sends its callers to another place", status.Detail, StringComparison.Ordinal);
        Assert.Equal(0, server.Counts.Calls);

        static (StatusCode, string) Of(Status status) => (status.StatusCode, status.Detail);
    }

    [Fact]
    public async Task In_HTTP()
    {
        await using var web = await WebServer.StartAsync();
        await using var sidecar = await Sidecar.StartStaticAsync(Yaml.Service("web", [web.Address], """
            {routes: [{match: {prefix: /old/}, redirect: {status: 301, prefix: /new/}},
                      {match: {exact: /down}, direct_response: {http_status: 503, body: "<p>back at noon</p>", content_type: text/html}}]}
            """));
        using var client = WebCalls.Client();
        using (var down = await client.CallAsync(sidecar.Outbound, "web", "/down", HttpMethod.Post, "a body"))
        {
            Assert.Equal((HttpStatusCode.ServiceUnavailable, "text/html"), (down.StatusCode, down.Content.Headers.ContentType?.MediaType));
            Assert.Equal("<p>back at noon</p>", await down.Content.ReadAsStringAsync(Bound.Token));
        }

        // The client follows by itself, to the same sidecar, since only the path is another.
        using var moved = await client.CallAsync(sidecar.Outbound, "web", "/old/a?b=c");
        Assert.Equal("GET /new/a?b=c web", Assert.Single(web.Seen));
        using var admin = new HttpClient { BaseAddress = new Uri($"http://{sidecar.Admin}"), DefaultRequestHeaders = { { "accept", "text/plain" } } };
        var text = await admin.GetStringAsync("/config", Bound.Token);
        Assert.Contains("route route-1: /old/* redirected (301)", text, StringComparison.Ordinal);
    }
}
