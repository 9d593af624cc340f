using System.Net;
using System.Net.WebSockets;
using System.Text;
using Mesh.Integration.Processes;
using Mesh.Integration.Static;

namespace Mesh.Integration.Http1;

/// <summary>HTTP/1.1 on the same ports, told apart by a connection's first bytes.</summary>
public sealed class ForwardingTests
{
    [Fact]
    public async Task A_call_reaches_the_service_that_its_host_names_and_its_answer_comes_back_whole()
    {
        await using var web = await WebServer.StartAsync();
        await using var sidecar = await Sidecar.StartStaticAsync(Yaml.Service("web", [web.Address]));
        using var client = WebCalls.Client();
        var body = new string('x', 200_000);

        using var answer = await client.CallAsync(sidecar.Outbound, "web", "/echo?q=1", HttpMethod.Post, body);

        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.Equal(HttpVersion.Version11, answer.Version);
        Assert.Equal("POST /echo?q=1 web", answer.Headers.GetValues("x-seen").Single());
        Assert.Equal(body, await answer.Content.ReadAsStringAsync());
    }

    [Theory]
    [InlineData("/a%2Fb/%7Ex?q=%20&r=%C3%A9")]
    [InlineData("/a//b/./c?d//e/../f")]
    public async Task A_target_is_passed_on_as_it_was_written(string target)
    {
        await using var web = await WebServer.StartAsync();
        await using var sidecar = await Sidecar.StartStaticAsync(Yaml.Service("web", [web.Address]));
        using var client = WebCalls.Client();

        using var answer = await client.CallAsync(sidecar.Outbound, "web", target);

        Assert.Equal($"GET {target} web", answer.Headers.GetValues("x-seen").Single());
    }

    [Fact]
    public async Task A_target_that_is_a_whole_URL_is_passed_on_as_its_path()
    {
        await using var web = await WebServer.StartAsync();
        await using var sidecar = await Sidecar.StartStaticAsync(Yaml.Service("web", [web.Address]));
        using var client = await RawClient.ConnectAsync(sidecar.Outbound);

        await client.SendAsync("GET http://web/a%2Fb?q HTTP/1.1\r\nHost: web\r\n\r\n");

        Assert.Contains("x-seen: GET /a%2Fb?q web", await client.ReadUntilAsync("\r\n\r\n"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_WebSocket_goes_through_and_is_no_failure()
    {
        await using var web = await WebServer.StartAsync();
        await using var sidecar = await Sidecar.StartStaticAsync(Yaml.Service("web", [web.Address]));
        using (var socket = new ClientWebSocket())
        {
            socket.Options.SetRequestHeader("Host", "web");
            await socket.ConnectAsync(new Uri($"ws://{sidecar.Outbound}/socket"), Bound.Token);
            await socket.SendAsync("hello"u8.ToArray(), WebSocketMessageType.Text, endOfMessage: true, Bound.Token);
            var heard = new byte[100];
            var said = await socket.ReceiveAsync(heard, Bound.Token);
            Assert.Equal("hello", Encoding.ASCII.GetString(heard, 0, said.Count));
            await socket.CloseAsync(WebSocketCloseStatus.NormalClosure, null, Bound.Token);
        }

        using var client = WebCalls.Client();
        await Bound.UntilAsync(
            async () => (await client.GetStringAsync($"http://{sidecar.Admin}/metrics")).Contains("code=\"HTTP_1XX\",le=\"+Inf\"} 1", StringComparison.Ordinal),
            () => "the call on the page, as one that went well");
    }

    [Fact]
    public async Task It_goes_through_two_sidecars_as_well()
    {
        await using var web = await WebServer.StartAsync();
        await using var inbound = await Sidecar.StartStaticAsync("services: []", "--service", "web", "--app", web.Address);
        await using var outbound = await Sidecar.StartStaticAsync(Yaml.Service("web", [inbound.Inbound]));
        using var client = WebCalls.Client();

        using var answer = await client.CallAsync(outbound.Outbound, "web.mesh:80");

        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
    }

    [Fact]
    public async Task Host_names_have_no_case()
    {
        await using var web = await WebServer.StartAsync();
        await using var sidecar = await Sidecar.StartStaticAsync(Yaml.Service("web", [web.Address]));
        using var client = WebCalls.Client();

        using var answer = await client.CallAsync(sidecar.Outbound, "Web.MESH");

        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task An_endpoint_that_is_down_costs_no_call_with_or_without_a_body(bool hasBody)
    {
        await using var web = await WebServer.StartAsync();
        await using var sidecar = await Sidecar.StartStaticAsync(
            Yaml.Service("web", ["127.0.0.1:1", web.Address], "{balancing: {policy: ROUND_ROBIN}, breaker: {disabled: true}}"));
        using var client = WebCalls.Client();

        for (var i = 0; i < 10; i++)
        {
            using var answer = await client.CallAsync(sidecar.Outbound, "web", "/", HttpMethod.Post, hasBody ? "x" : null);
            Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        }
    }

    [Theory]
    [InlineData("nowhere", HttpStatusCode.NotFound, "no such service 'nowhere'")]
    [InlineData("empty", HttpStatusCode.ServiceUnavailable, "service 'empty': it has no endpoints")]
    [InlineData("down", HttpStatusCode.ServiceUnavailable, "service 'down': 127.0.0.1:1 cannot be reached: connection refused or unreachable (3 attempts, none of them processed)")]
    [InlineData("gone", HttpStatusCode.NotFound, "route 'moved' of 'gone' leads to 'elsewhere', which is not known")]
    public async Task A_call_that_leads_nowhere_is_told_why(string host, HttpStatusCode status, string why)
    {
        await using var web = await WebServer.StartAsync();
        await using var sidecar = await Sidecar.StartStaticAsync(Yaml.Services(
            ("empty", [], "{}"),
            ("down", ["127.0.0.1:1"], "{}"),
            ("gone", [web.Address], "{routes: [{name: moved, service: elsewhere}]}")));
        using var client = WebCalls.Client();

        using var answer = await client.CallAsync(sidecar.Outbound, host);

        Assert.Equal(status, answer.StatusCode);
        Assert.Equal(why, (await answer.Content.ReadAsStringAsync()).Trim());
        Assert.Equal(why, answer.Headers.GetValues("x-mesh-error").Single());
        Assert.Empty(web.Seen);
    }

    [Fact]
    public async Task What_a_caller_does_wrong_is_not_held_against_the_endpoint()
    {
        await using var web = await WebServer.StartAsync();
        await using var sidecar = await Sidecar.StartStaticAsync(Yaml.Service("web", [web.Address], "{breaker: {consecutive_failures: 1, http_statuses: [500], max_ejection_percent: 100}}"));
        using (var bad = await RawClient.ConnectAsync(sidecar.Outbound))
        {
            await bad.SendAsync("POST / HTTP/1.1\r\nHost: web\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\nthis is no chunk\r\n");
            await bad.ReadToEndAsync();
        }

        using var client = WebCalls.Client();
        using var answer = await client.CallAsync(sidecar.Outbound, "web");

        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
    }
}
