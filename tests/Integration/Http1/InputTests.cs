using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Mesh.Integration.Processes;
using Mesh.Integration.Static;

namespace Mesh.Integration.Http1;

/// <summary>Inputs that proxies get wrong, through one sidecar and through two in a row.</summary>
public sealed class InputTests
{
    [Fact]
    public async Task A_request_that_gets_no_answer_is_sent_once()
    {
        await using var web = new RawServer(static async (server, connection) => await server.ReadHeadAsync(connection));
        await using var sidecar = await Sidecar.StartStaticAsync(Yaml.Service("web", [web.Address], "{breaker: {disabled: true}}"));
        using var client = await RawClient.ConnectAsync(sidecar.Outbound);

        await client.SendAsync("POST /pay HTTP/1.1\r\nHost: web\r\n\r\n");

        var answer = await client.ReadUntilAsync("was lost (1 attempt)\n");
        Assert.StartsWith("HTTP/1.1 502 ", answer, StringComparison.Ordinal);
        Assert.Single(web.Heads);
    }

    [Theory]
    [InlineData("POST", 1)]
    [InlineData("PATCH", 1)]
    [InlineData("GET", 3)]
    [InlineData("DELETE", 3)]
    public async Task What_may_have_been_done_is_done_again_only_where_that_changes_nothing(string method, int times)
    {
        await using var web = new RawServer(static async (server, connection) => await server.ReadHeadAsync(connection));
        await using var sidecar = await Sidecar.StartStaticAsync(Yaml.Service(
            "web", [web.Address], "{breaker: {disabled: true}, retry: {codes: [UNAVAILABLE], backoff_base: 0.001s, backoff_max: 0.001s}}"));
        using var client = await RawClient.ConnectAsync(sidecar.Outbound);

        await client.SendAsync($"{method} /pay HTTP/1.1\r\nHost: web\r\nContent-Length: 0\r\n\r\n");

        Assert.StartsWith("HTTP/1.1 502 ", await client.ReadUntilAsync("\r\n\r\n"), StringComparison.Ordinal);
        Assert.Equal(times, web.Heads.Count);
    }

    [Theory]
    [InlineData(Row.One)]
    [InlineData(Row.Two)]
    [InlineData(Row.TwoOverHttp2)]
    public async Task Octets_beyond_ASCII_are_passed_on_as_they_are(Row row)
    {
        await using var web = RawServer.Mirror();
        await using var mesh = await InARow.StartAsync(row, web.Address);
        using var client = await RawClient.ConnectAsync(mesh.Outbound);

        await client.SendAsync("GET / HTTP/1.1\r\nHost: web\r\nX-Utf8: J\u00c3\u00bcrgen\r\nX-Latin: J\u00fcrgen\r\n\r\n");

        await client.ReadUntilAsync("\r\n\r\n");
        var head = Assert.Single(web.Heads);
        Assert.Contains("x-utf8: J\u00c3\u00bcrgen\r\n", head, StringComparison.Ordinal);
        Assert.Contains("x-latin: J\u00fcrgen\r\n", head, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(Row.One)]
    [InlineData(Row.Two)]
    [InlineData(Row.TwoOverHttp2)]
    public async Task An_answer_to_half_an_upload_passes_when_it_comes(Row row)
    {
        await using var web = new RawServer(static async (server, connection) =>
        {
            await server.ReadHeadAsync(connection);
            await RawServer.SayAsync(connection, "HTTP/1.1 413 Content Too Large\r\nContent-Length: 8\r\nConnection: close\r\n\r\ntoo much");
            connection.Socket.Shutdown(SocketShutdown.Send);
            var rest = new byte[64 * 1024];
            while (await connection.ReadAsync(rest, Bound.Token) > 0)
            {
                // As a server in good order does, for a while.
            }
        });
        await using var mesh = await InARow.StartAsync(row, web.Address);
        using var client = await RawClient.ConnectAsync(mesh.Outbound);

        await client.SendAsync("POST / HTTP/1.1\r\nHost: web\r\nContent-Length: 50000000\r\n\r\n" + new string('x', 10_000));

        Assert.StartsWith("HTTP/1.1 413 ", await client.ReadUntilAsync("too much"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(Row.One)]
    [InlineData(Row.Two)]
    [InlineData(Row.TwoOverHttp2)]
    public async Task Both_directions_are_independent(Row row)
    {
        await using var web = new RawServer(static async (server, connection) =>
        {
            await server.ReadHeadAsync(connection);
            await RawServer.SayAsync(connection, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
            var chunk = new byte[1024];
            for (int n; (n = await connection.ReadAsync(chunk, Bound.Token)) > 0;)
            {
                await connection.WriteAsync(chunk.AsMemory(0, n), Bound.Token); // chunks come as chunks
            }
        });
        await using var mesh = await InARow.StartAsync(row, web.Address);
        using var client = await RawClient.ConnectAsync(mesh.Outbound);

        await client.SendAsync("POST / HTTP/1.1\r\nHost: web\r\nTransfer-Encoding: chunked\r\n\r\n");
        await client.ReadUntilAsync("\r\n\r\n");
        for (var i = 0; i < 10; i++)
        {
            await client.SendAsync(FormattableString.Invariant($"6\r\nword-{i}\r\n"));
            await client.ReadUntilAsync(FormattableString.Invariant($"word-{i}"));
        }

        await client.SendAsync("0\r\n\r\n");
        await client.ReadUntilAsync("0\r\n\r\n");
    }

    [Theory]
    [InlineData(Row.One)]
    [InlineData(Row.Two)]
    [InlineData(Row.TwoOverHttp2)]
    public async Task Heads_may_be_as_large_as_over_HTTP_2(Row row)
    {
        await using var web = RawServer.Mirror();
        await using var mesh = await InARow.StartAsync(row, web.Address);
        using var client = await RawClient.ConnectAsync(mesh.Outbound);
        var target = "/" + new string('t', 9 * 1024);
        var large = new string('v', 40 * 1024);
        var many = string.Concat(Enumerable.Range(0, 150).Select(i => string.Create(CultureInfo.InvariantCulture, $"X-{i}: {i}\r\n")));

        foreach (var (path, fields) in ((string, string)[])[(target, ""), ("/", $"X-Large: {large}\r\n"), ("/", many)])
        {
            await client.SendAsync($"GET {path} HTTP/1.1\r\nHost: web\r\n{fields}\r\n");
            Assert.StartsWith("HTTP/1.1 200 ", await client.ReadUntilAsync(string.Create(CultureInfo.InvariantCulture, $"x-mesh-hops: {(row == Row.One ? 1 : 2)}\r\n\r\n")), StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("GET / HTTP/1.1\r\nHost: web\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n", 501)]
    [InlineData("POST / HTTP/1.1\r\nHost: web\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400)]
    [InlineData("POST / HTTP/1.1\r\nHost: web\r\nContent-Length: -0\r\n\r\nGET /x HTTP/1.1\r\n\r\n", 400)]
    [InlineData("POST / HTTP/1.1\r\nHost: web\r\nContent-Length: +5\r\n\r\nhello", 400)]
    [InlineData("GET / HTTP/1.1\r\nHost: web:65536\r\n\r\n", 400)]
    [InlineData("GET / HTTP/1.1\r\nHost: web\r\nX : 1\r\n\r\n", 400)]
    [InlineData("GET / HTTP/1.1\r\nHost: web\r\nX(: 1\r\n\r\n", 400)]
    [InlineData("GET / HTTP/1.1\nHost: web\n\n", 400)]
    [InlineData("GET / HTTP/2.0\r\nHost: web\r\n\r\n", 505)]
    [InlineData("GET / http/1.1\r\nHost: web\r\n\r\n", 400)]
    [InlineData("GET /\u0001 HTTP/1.1\r\nHost: web\r\n\r\n", 400)]
    [InlineData("get\r\n\r\n", 400)]
    public async Task What_two_readers_may_read_in_two_ways_reaches_nobody(string request, int status)
    {
        await using var web = RawServer.Mirror();
        await using var sidecar = await Sidecar.StartStaticAsync(Yaml.Service("web", [web.Address]));
        using var client = await RawClient.ConnectAsync(sidecar.Outbound);

        await client.SendAsync(request);

        var answer = await client.ReadToEndAsync();
        Assert.StartsWith(string.Create(CultureInfo.InvariantCulture, $"HTTP/1.1 {status} "), answer, StringComparison.Ordinal);
        Assert.Contains("connection: close\r\n", answer, StringComparison.Ordinal);
        Assert.Empty(web.Heads);
    }

    [Theory]
    [InlineData(Row.One)]
    [InlineData(Row.Two)]
    [InlineData(Row.TwoOverHttp2)]
    public async Task What_is_said_before_the_answer_passes(Row row)
    {
        await using var web = new RawServer(static async (server, connection) =>
        {
            await server.ReadHeadAsync(connection);
            await RawServer.SayAsync(connection, "HTTP/1.1 102 Processing\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 100 Continue\r\n\r\n");
            var body = new byte[5];
            await connection.ReadExactlyAsync(body, Bound.Token);
            await RawServer.SayAsync(connection, "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n" + Encoding.ASCII.GetString(body));
        });
        await using var mesh = await InARow.StartAsync(row, web.Address);
        using var client = await RawClient.ConnectAsync(mesh.Outbound);

        await client.SendAsync("POST / HTTP/1.1\r\nHost: web\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n");
        var interim = await client.ReadUntilAsync("HTTP/1.1 100 Continue\r\n\r\n");
        Assert.Contains("HTTP/1.1 102 Processing\r\n\r\n", interim, StringComparison.Ordinal);
        Assert.Contains("HTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\n", interim, StringComparison.Ordinal);
        await client.SendAsync("hello");
        Assert.Contains("200 OK", await client.ReadUntilAsync("hello"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(Row.One, "Post")]
    [InlineData(Row.Two, "get")]
    [InlineData(Row.TwoOverHttp2, "1ST")]
    public async Task Methods_are_passed_on_as_they_are(Row row, string method)
    {
        await using var web = RawServer.Mirror();
        await using var mesh = await InARow.StartAsync(row, web.Address);
        using var client = await RawClient.ConnectAsync(mesh.Outbound);

        await client.SendAsync($"{method} /a HTTP/1.1\r\nHost: web\r\nContent-Length: 0\r\n\r\nOPTIONS * HTTP/1.1\r\nHost: web\r\n\r\nOPTIONS http://web HTTP/1.1\r\nHost: other\r\nX-Last: 1\r\n\r\n");

        await client.ReadUntilAsync("x-last: 1");
        Assert.Equal([$"{method} /a HTTP/1.1", "OPTIONS * HTTP/1.1", "OPTIONS * HTTP/1.1"], web.Heads.Select(head => head.Split('\r')[0]));
        Assert.All(web.Heads, head => Assert.Contains("host: web\r\n", head, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("OPTIONS", "0", 0, "")]
    [InlineData("TRACE", "1", 0, "")]
    [InlineData("OPTIONS", "2", 1, "max-forwards: 0\r\n")]
    [InlineData("GET", "0", 1, "max-forwards: 0\r\n")]
    [InlineData("OPTIONS", "many", 1, "max-forwards: many\r\n")]
    public async Task Who_wants_to_know_whom_it_meets_on_the_way_is_told(string method, string forwards, int seen, string passed)
    {
        await using var web = RawServer.Mirror();
        await using var mesh = await InARow.StartAsync(Row.Two, web.Address);
        using var client = await RawClient.ConnectAsync(mesh.Outbound);

        await client.SendAsync($"{method} / HTTP/1.1\r\nHost: web\r\nMax-Forwards: {forwards}\r\n\r\n");

        Assert.StartsWith("HTTP/1.1 200 OK\r\n", await client.ReadUntilAsync("\r\n\r\n"), StringComparison.Ordinal);
        Assert.Equal(seen, web.Heads.Count);
        Assert.All(web.Heads, head => Assert.Contains(passed, head, StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_server_of_gRPC_that_is_called_in_HTTP_1_is_told_of_as_that()
    {
        await using var echo = await EchoServer.StartAsync();
        await using var sidecar = await Sidecar.StartStaticAsync(Yaml.Service("echo", [echo.Address]));
        using var client = WebCalls.Client();

        using var answer = await client.CallAsync(sidecar.Outbound, "echo", "/");

        Assert.InRange((int)answer.StatusCode, 400, 502);
        Assert.Contains("HTTP/2", await answer.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("nobody", "{}", HttpStatusCode.NotFound, "no such service 'nobody'")]
    [InlineData("hangs", "{timeouts: {request: 0.2s}}", HttpStatusCode.GatewayTimeout, "within timeouts.request of 200ms")]
    [InlineData("down", "{}", HttpStatusCode.ServiceUnavailable, "cannot be reached")]
    public async Task Who_does_not_speak_gRPC_is_told_why_in_either_protocol(string host, string policy, HttpStatusCode status, string why)
    {
        await using var web = new RawServer(static async (server, connection) =>
        {
            var all = new byte[1024];
            while (await connection.ReadAsync(all, Bound.Token) > 0)
            {
                // It says nothing.
            }
        });
        await using var sidecar = await Sidecar.StartStaticAsync(Yaml.Services(
            (Name: "hangs", Addresses: [web.Address], Config: policy), (Name: "down", Addresses: ["127.0.0.1:1"], Config: "{}")));
        using var client = WebCalls.Client();
        foreach (var version in (Version[])[HttpVersion.Version11, HttpVersion.Version20])
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, $"http://{sidecar.Outbound}/")
            {
                Version = version,
                VersionPolicy = HttpVersionPolicy.RequestVersionExact,
                Headers = { Host = host },
            };
            using var answer = await client.SendAsync(request, Bound.Token);
            Assert.Equal(status, answer.StatusCode);
            Assert.Equal("text/plain", answer.Content.Headers.ContentType?.MediaType);
            Assert.Contains(why, await answer.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        }
    }
}
