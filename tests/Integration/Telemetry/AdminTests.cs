using System.Net;
using System.Text.Json;
using Grpc.Core;
using Mesh.Integration.Processes;
using Mesh.Integration.V1;

namespace Mesh.Integration.Telemetry;

public sealed class AdminTests : IDisposable
{
    private readonly HttpClient _http = new(new SocketsHttpHandler { UseProxy = false }) { Timeout = Bound.Limit };

    public void Dispose() => _http.Dispose();

    [Fact]
    public async Task Pages_are_not_read_under_a_name_that_somebody_has_pointed_here()
    {
        await using var server = await EchoServer.StartAsync();
        using var services = StaticFile.Echo(server.Address);
        await using var sidecar = await Sidecar.StartAsync("--static", services.Path, "--admin-hosts", "mesh.example.org");
        foreach (var path in (string[])["/config", "/metrics", "/livez", "/", "/nothing"])
        {
            using var asked = new HttpRequestMessage(HttpMethod.Get, Url(sidecar, path)) { Headers = { Host = "evil.example:15020" } };
            using var refused = await _http.SendAsync(asked);
            Assert.Equal(HttpStatusCode.MisdirectedRequest, refused.StatusCode);
            Assert.Equal(
                "there is no 'evil.example' here: ask for localhost or an address, or start this with --admin-hosts evil.example\n",
                await refused.Content.ReadAsStringAsync());
            Assert.Equal("nosniff", Assert.Single(refused.Headers.GetValues("X-Content-Type-Options")));
        }

        foreach (var host in (string[])["localhost:15020", sidecar.Admin, "[::1]", "MESH.example.org"])
        {
            using var asked = new HttpRequestMessage(HttpMethod.Get, Url(sidecar, "/config")) { Headers = { Host = host } };
            using var answer = await _http.SendAsync(asked);
            Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
            Assert.Equal("nosniff", Assert.Single(answer.Headers.GetValues("X-Content-Type-Options")));
            Assert.Equal("DENY", Assert.Single(answer.Headers.GetValues("X-Frame-Options")));
            Assert.Equal("no-store", answer.Headers.CacheControl?.ToString());
            Assert.StartsWith("default-src 'none'", Assert.Single(answer.Headers.GetValues("Content-Security-Policy")), StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Metrics_count_every_call_that_was_made_also_while_they_are_read_under_load()
    {
        const int callers = 8, calls = 50, failures = 5;
        await using var server = await EchoServer.StartAsync();
        using var services = StaticFile.Echo(server.Address, "{breaker: {disabled: true}, timeouts: {connect: 30s}}");
        await using var sidecar = await Sidecar.StartAsync("--static", services.Path, "--concurrency", "2");
        var client = new Echo.EchoClient(sidecar.Channel("echo"));
        var load = Task.WhenAll(Enumerable.Range(0, callers).Select(async _ =>
        {
            for (var i = 0; i < calls; i++)
            {
                await client.UnaryAsync(new EchoRequest(), cancellationToken: Bound.Token);
            }

            for (var i = 0; i < failures; i++)
            {
                var fail = new EchoRequest { Behaviour = new Behaviour { Status = (int)StatusCode.NotFound } };
                await Assert.ThrowsAsync<RpcException>(() => client.UnaryAsync(fail, cancellationToken: Bound.Token).ResponseAsync);
            }
        }));
        double before = 0;
        while (!load.IsCompleted)
        {
            var count = (await MetricsAsync(sidecar)).Sum("mesh_call_duration_seconds_count");
            Assert.InRange(count, before, callers * (calls + failures));
            before = count;
        }

        await load;
        PrometheusPage page = null!;
        await Bound.UntilAsync(
            async () => (page = await MetricsAsync(sidecar)).Sum("mesh_call_duration_seconds_count") == callers * (calls + failures),
            () => "all calls on the page");
        (string, string)[] ok = [("direction", "outbound"), ("service", "echo"), ("method", "integration.v1.Echo/Unary"), ("code", "OK")];
        Assert.Equal(callers * calls, page.Sum("mesh_call_duration_seconds_count", ok));
        Assert.Equal(callers * calls, page.Sum("mesh_call_duration_seconds_bucket", [.. ok, ("le", "+Inf")]));
        Assert.True(page.Sum("mesh_call_duration_seconds_sum", ok) > 0);
        Assert.Equal(callers * failures, page.Sum("mesh_call_duration_seconds_count", ("code", "NOT_FOUND")));
        Assert.Equal(callers * (calls + failures), page.Sum("mesh_attempts_total", ("service", "echo")));
        Assert.Equal(0, page.Sum("mesh_retries_total"));
        Assert.Equal(callers * (calls + failures), page.Sum("mesh_endpoint_picks_total", ("endpoint", "echo-7"), ("address", server.Address)));
        Assert.Equal(callers * (calls + failures), page.Sum("mesh_endpoint_successes_total", ("endpoint", "echo-7")));
        Assert.Equal(0, page.Sum("mesh_calls_in_flight"));
        Assert.Equal(1, page.Sum("mesh_endpoint_healthy", ("endpoint", "echo-7")));
        Assert.True(page.Sum("mesh_connections", ("side", "downstream")) >= 1);
        Assert.True(page.Sum("mesh_connections", ("side", "upstream")) >= 1);
        Assert.True(page.Sum("process_resident_memory_bytes") > 0);
        Assert.False(page.Has("mesh_control_plane_connected"));
    }

    [Fact]
    public async Task Retries_broken_circuits_and_calls_to_nowhere_are_on_the_metrics_page()
    {
        await using var server = await EchoServer.StartAsync();
        await server.KillAsync();
        using var services = StaticFile.Echo(server.Address, "{retry: {backoff_base: 0.001s, backoff_max: 0.001s}, breaker: {consecutive_failures: 2, max_ejection_percent: 100}}");
        await using var sidecar = await Sidecar.StartAsync("--static", services.Path);
        await Assert.ThrowsAsync<RpcException>(() => CallAsync(sidecar, "echo"));
        await Assert.ThrowsAsync<RpcException>(() => CallAsync(sidecar, "nobody"));
        var page = await MetricsAsync(sidecar);
        Assert.Equal(1, page.Sum("mesh_unrouted_calls_total"));
        Assert.Equal(1, page.Sum("mesh_call_duration_seconds_count", ("service", "echo"), ("code", "UNAVAILABLE")));
        Assert.Equal(1, page.Sum("mesh_call_duration_seconds_count", ("service", "_OTHER")));
        Assert.Equal(1, page.Sum("mesh_breaker_state", ("endpoint", "echo-7")));
        Assert.Equal(1, page.Sum("mesh_breaker_opened_total", ("endpoint", "echo-7")));
        Assert.Equal(page.Sum("mesh_attempts_total") - 1, page.Sum("mesh_retries_total"));
        Assert.Equal(page.Sum("mesh_attempts_total"), page.Sum("mesh_attempt_outcomes_total", ("service", "echo"), ("outcome", "connect_failed")));
        Assert.InRange(page.Sum("mesh_retry_budget", ("service", "echo")), 1, 100);
        Assert.True(page.Sum("mesh_retries_total") >= 1);

        using var clusters = JsonDocument.Parse(await TextAsync(sidecar, "/clusters"));
        var endpoint = clusters.RootElement.GetProperty("clusters")[0].GetProperty("endpoints")[0];
        Assert.Equal("open", endpoint.GetProperty("breaker").GetString());
        Assert.Equal("echo-7", endpoint.GetProperty("id").GetString());
        Assert.Contains("breaker open", await TextAsync(sidecar, "/clusters?format=text"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Connections_show_both_ends_of_a_call_under_way()
    {
        await using var server = await EchoServer.StartAsync();
        using var services = StaticFile.Echo(server.Address);
        await using var sidecar = await Sidecar.StartAsync("--static", services.Path);
        using var call = new Echo.EchoClient(sidecar.Channel("echo")).Bidi(cancellationToken: Bound.Token);
        await call.RequestStream.WriteAsync(new EchoRequest());
        Assert.True(await call.ResponseStream.MoveNext(Bound.Token));

        using var page = JsonDocument.Parse(await TextAsync(sidecar, "/connections"));
        var lines = page.RootElement.GetProperty("loops")[0].GetProperty("connections").EnumerateArray().ToList();
        var upstream = Assert.Single(lines, l => l.GetProperty("side").GetString() == "upstream");
        Assert.Equal(server.Address, upstream.GetProperty("peer").GetString());
        Assert.Equal("echo", upstream.GetProperty("service").GetString());
        Assert.Equal(1, upstream.GetProperty("streams").GetInt32());
        Assert.True(upstream.GetProperty("ready").GetBoolean());
        var downstream = Assert.Single(lines, l => l.GetProperty("side").GetString() == "downstream");
        Assert.Equal("outbound", downstream.GetProperty("listener").GetString());
        Assert.Equal(1, downstream.GetProperty("streams").GetInt32());
        Assert.Contains(server.Address, await TextAsync(sidecar, "/connections?format=text"), StringComparison.Ordinal);
        Assert.Equal(1, (await MetricsAsync(sidecar)).Sum("mesh_calls_in_flight", ("service", "echo")));
    }

    [Fact]
    public async Task The_configuration_in_force_is_shown_as_JSON_and_as_text()
    {
        using var services = StaticFile.Echo("127.0.0.1:9", """
            {balancing: {policy: ROUND_ROBIN}, timeouts: {request: 2.5s}, retry: {codes: [UNAVAILABLE], methods: [/a.B/Put, /a.B/Get]},
                routes: [{name: reads, match: {prefix: /a.B/Get}, timeouts: {idle: 0}},
                  {match: {path_regex: '/x/[0-9]+', query: [{name: q}, {name: r, exact: ''}]},
                   backends: [{subset: {version: v1}, weight: 9}, {service: echo, subset: {version: v2}}], hash_on: [{cookie: s}],
                   rewrite: {path: /y, host: h, request_headers: {set: {x-a: a}, add: {x-b: b}, remove: [x-c]}, response_headers: {remove: [server]}}},
                  {match: {prefix: /old/}, redirect: {status: 307, scheme: https, prefix: /new/}},
                  {direct_response: {http_status: 404, body: gone, message: is gone}}]}
            """);
        await using var sidecar = await Sidecar.StartAsync("--static", services.Path);
        using var page = JsonDocument.Parse(await TextAsync(sidecar, "/config"));
        Assert.Equal(sidecar.Outbound, page.RootElement.GetProperty("sidecar").GetProperty("listeners").GetProperty("outbound").GetString());
        var service = page.RootElement.GetProperty("services")[0];
        Assert.Equal("echo", service.GetProperty("name").GetString());
        Assert.Equal("127.0.0.1:9", service.GetProperty("endpoints")[0].GetProperty("address").GetString());
        var config = service.GetProperty("config");
        Assert.Equal("ROUND_ROBIN", config.GetProperty("balancing").GetProperty("policy").GetString());
        Assert.Equal("2.5s", config.GetProperty("timeouts").GetProperty("request").GetString());
        Assert.Equal("UNAVAILABLE", config.GetProperty("retry").GetProperty("codes")[0].GetString());
        Assert.Equal(["/a.B/Get", "/a.B/Put"], config.GetProperty("retry").GetProperty("methods").EnumerateArray().Select(m => m.GetString()));
        Assert.False(config.GetProperty("timeouts").TryGetProperty("idle", out _));
        Assert.Equal("0s", config.GetProperty("routes")[0].GetProperty("timeouts").GetProperty("idle").GetString());
        Assert.Equal("/a.B/Get", config.GetProperty("routes")[0].GetProperty("match").GetProperty("prefix").GetString());

        string[] ofRoutes = ["path_regex", "query", "hash_on", "rewrite", "redirect", "direct_response"];
        Assert.All(ofRoutes, name => Assert.Contains($"\"{name}\":", config.GetRawText(), StringComparison.Ordinal));

        // JSON is YAML: what one sidecar shows, another takes as its configuration, and then shows the same.
        using var copied = StaticFile.Echo("127.0.0.1:9", JsonSerializer.Serialize(config));
        await using var other = await Sidecar.StartAsync("--static", copied.Path);
        using var page2 = JsonDocument.Parse(await TextAsync(other, "/config"));
        Assert.True(JsonElement.DeepEquals(config, page2.RootElement.GetProperty("services")[0].GetProperty("config")));

        using var request = new HttpRequestMessage(HttpMethod.Get, $"http://{sidecar.Admin}/config");
        request.Headers.Accept.ParseAdd("text/plain");
        using var answer = await _http.SendAsync(request);
        var text = await answer.Content.ReadAsStringAsync();
        Assert.Equal("text/plain", answer.Content.Headers.ContentType!.MediaType);
        Assert.Contains("round_robin", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Probes_log_level_and_unknown_pages_answer_as_HTTP_has_it()
    {
        using var services = StaticFile.Echo("127.0.0.1:9");
        await using var sidecar = await Sidecar.StartAsync("--static", services.Path);
        Assert.Equal("ok\n", await TextAsync(sidecar, "/livez"));
        Assert.Equal("ready\n", await TextAsync(sidecar, "/readyz"));
        Assert.Contains("/connections", await TextAsync(sidecar, "/"), StringComparison.Ordinal);

        Assert.Equal("info\n", await TextAsync(sidecar, "/log-level"));
        using (var set = await _http.PostAsync(Url(sidecar, "/log-level"), new StringContent("debug")))
        {
            Assert.Equal(HttpStatusCode.OK, set.StatusCode);
        }

        Assert.Equal("debug\n", await TextAsync(sidecar, "/log-level"));
        using (var wrong = await _http.PostAsync(Url(sidecar, "/log-level?level=loud"), null))
        {
            Assert.Equal(HttpStatusCode.BadRequest, wrong.StatusCode);
            Assert.Contains("trace, debug, info, warning, error, off", await wrong.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        }

        using (var unknown = await _http.GetAsync(Url(sidecar, "/metric")))
        {
            Assert.Equal(HttpStatusCode.NotFound, unknown.StatusCode);
            Assert.Contains("/metrics", await unknown.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        }

        using (var method = await _http.PostAsync(Url(sidecar, "/metrics"), null))
        {
            Assert.Equal(HttpStatusCode.MethodNotAllowed, method.StatusCode);
            Assert.Equal(["GET", "HEAD"], method.Content.Headers.Allow);
        }
    }

    [Fact]
    public async Task Drain_ends_the_sidecar_in_good_order_but_not_for_a_web_page()
    {
        using var services = StaticFile.Echo("127.0.0.1:9");
        await using var sidecar = await Sidecar.StartAsync("--static", services.Path);
        using var foreign = new HttpRequestMessage(HttpMethod.Post, Url(sidecar, "/drain"));
        foreign.Headers.Add("Origin", "http://evil.example");
        using (var refused = await _http.SendAsync(foreign))
        {
            Assert.Equal(HttpStatusCode.Forbidden, refused.StatusCode);
        }

        Assert.Equal("ready\n", await TextAsync(sidecar, "/readyz"));
        using (var drained = await _http.PostAsync(Url(sidecar, "/drain?wait"), null))
        {
            Assert.Equal("drained; the process ends\n", await drained.Content.ReadAsStringAsync());
        }

        Assert.Equal(0, await sidecar.Process.ExitCodeAsync());
    }

    private static Uri Url(Sidecar sidecar, string path) => new($"http://{sidecar.Admin}{path}");

    private static async Task CallAsync(Sidecar sidecar, string service) =>
        await new Echo.EchoClient(sidecar.Channel(service)).UnaryAsync(new EchoRequest(), cancellationToken: Bound.Token);

    private Task<string> TextAsync(Sidecar sidecar, string path) => _http.GetStringAsync(Url(sidecar, path));

    private async Task<PrometheusPage> MetricsAsync(Sidecar sidecar) => new(await TextAsync(sidecar, "/metrics"));
}
