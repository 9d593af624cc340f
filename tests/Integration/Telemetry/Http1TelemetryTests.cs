using System.Net;
using System.Text.Json;
using Mesh.Integration.Http1;
using Mesh.Integration.Processes;

namespace Mesh.Integration.Telemetry;

[Collection("traces")]
public sealed class Http1TelemetryTests
{
    private const string TraceId = "4bf92f3577b34da6a3ce929d0e0e4736";
    private const string Sampled = $"00-{TraceId}-00f067aa0ba902b7-01";

    [Fact]
    public async Task A_call_joins_its_callers_trace_at_both_sidecars_and_passes_it_on()
    {
        await using var web = await WebServer.StartAsync();
        await using var pair = await TracedPair.StartAsync(web.Address);
        using var client = WebCalls.Client();
        using var answer = await client.CallAsync(pair.Outbound.Outbound, "echo", "/users/1?token=secret", traceparent: Sampled);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);

        var outbound = await pair.SpanAsync(TraceId, SpanKind.Client);
        var inbound = await pair.SpanAsync(TraceId, SpanKind.Server);
        Assert.Equal("00f067aa0ba902b7", outbound.ParentId);
        Assert.Equal(outbound.SpanId, inbound.ParentId);
        Assert.Equal($"00-{TraceId}-{inbound.SpanId}-01", Assert.Single(web.Traces));
        foreach (var span in (ReceivedSpan[])[outbound, inbound])
        {
            Assert.Equal("GET", span.Name);
            Assert.Equal(SpanStatus.Unset, span.Status);
            Assert.Equal("GET", span.Attributes["http.request.method"]);
            Assert.Equal("200", span.Attributes["http.response.status_code"]);
            Assert.Equal("echo", span.Attributes["server.address"]);
            Assert.Equal("80", span.Attributes["server.port"]);
            Assert.Equal("1.1", span.Attributes["network.protocol.version"]);
            Assert.Equal("1", span.Attributes["mesh.attempts"]);
        }

        Assert.Equal("http://echo/users/1?*", outbound.Attributes["url.full"]);
        Assert.Equal(pair.Inbound.Inbound, $"{outbound.Attributes["network.peer.address"]}:{outbound.Attributes["network.peer.port"]}");
        Assert.Equal("/users/1", inbound.Attributes["url.path"]);
        Assert.Equal("http", inbound.Attributes["url.scheme"]);
        Assert.Equal("127.0.0.1", inbound.Attributes["network.peer.address"]);
    }

    [Fact]
    public async Task What_is_not_sampled_has_no_span_and_says_so_to_later_hops()
    {
        await using var web = await WebServer.StartAsync();
        await using var pair = await TracedPair.StartAsync(web.Address);
        using var client = WebCalls.Client();
        const string unsampled = $"00-{TraceId}-00f067aa0ba902b7-00";
        using var first = await client.CallAsync(pair.Outbound.Outbound, "echo", traceparent: unsampled);
        using var second = await client.CallAsync(pair.Outbound.Outbound, "echo", traceparent: Sampled.Replace(TraceId, "0af7651916cd43dd8448eb211c80319c", StringComparison.Ordinal));
        await pair.EndAsync();
        Assert.Equal(unsampled, web.Traces.First());
        Assert.All(pair.Receiver.Spans, span => Assert.Equal("0af7651916cd43dd8448eb211c80319c", span.TraceId));
        Assert.Equal(2, pair.Receiver.Spans.Count);
    }

    [Fact]
    public async Task A_retry_and_a_failure_are_told_in_the_span()
    {
        await using var web = await WebServer.StartAsync();
        web.FailFirst = 3;
        await using var pair = await TracedPair.StartAsync(
            web.Address, "{retry: {max_attempts: 2, http_statuses: [503], backoff_base: 0.001s, backoff_max: 0.001s}, breaker: {disabled: true}, timeouts: {connect: 30s}}");
        using var client = WebCalls.Client();
        using var answer = await client.CallAsync(pair.Outbound.Outbound, "echo", "/flaky", traceparent: Sampled);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, answer.StatusCode);

        var span = await pair.SpanAsync(TraceId, SpanKind.Client);
        Assert.Equal(SpanStatus.Error, span.Status);
        Assert.Equal("503", span.Attributes["error.type"]);
        Assert.Equal("2", span.Attributes["mesh.attempts"]);
        Assert.Equal(["attempt", "retry", "attempt"], span.Events.Select(e => e.Name));
        Assert.Equal("503", span.Events[0].Attributes["http.response.status_code"]);
        Assert.Equal("echo-7", span.Events[0].Attributes["mesh.endpoint"]);
        var attempts = pair.AttemptsOf(span);
        Assert.Equal(["1", "2"], attempts.Select(a => a.Attributes["mesh.attempt"]));
        Assert.Equal("1", attempts[1].Attributes["http.request.resend_count"]);
        await Bound.UntilAsync(() => pair.Receiver.Spans.Any(s => s.ParentId == attempts[1].SpanId), () => "the server's span under the second attempt");
        Assert.Equal($"00-{TraceId}-{pair.Receiver.Spans.Single(s => s.ParentId == attempts[1].SpanId).SpanId}-01", web.Traces.Last());
    }

    [Fact]
    public async Task Durations_arrive_under_the_names_and_attributes_of_the_conventions()
    {
        await using var web = await WebServer.StartAsync();
        web.FailFirst = 1;
        await using var pair = await TracedPair.StartAsync(web.Address, "{breaker: {disabled: true}, timeouts: {connect: 30s}}");
        using var client = WebCalls.Client();
        for (var i = 0; i < 4; i++)
        {
            using var answer = await client.CallAsync(pair.Outbound.Outbound, "echo", "/flaky");
        }

        await pair.EndAsync();
        foreach (var (service, metric) in (ReadOnlySpan<(string, string)>)[("mesh-sidecar", "http.client.request.duration"), ("echo-sidecar", "http.server.request.duration")])
        {
            var points = pair.Receiver.Points(service, metric);
            Assert.Equal(2, points.Count);
            var ok = Assert.Single(points, p => p.Attributes["http.response.status_code"] == "200");
            var failed = Assert.Single(points, p => p.Attributes["http.response.status_code"] == "503");
            Assert.Equal((3, 1), (ok.Value, failed.Value));
            Assert.Equal("503", failed.Attributes["error.type"]);
            Assert.DoesNotContain("error.type", ok.Attributes.Keys);
            Assert.All(points, p =>
            {
                Assert.Equal("s", p.Unit);
                Assert.Equal("GET", p.Attributes["http.request.method"]);
                Assert.Equal("echo", p.Attributes["server.address"]);
                Assert.Equal("1.1", p.Attributes["network.protocol.version"]);
            });
        }

        Assert.Empty(pair.Receiver.Points("mesh-sidecar", "rpc.client.call.duration"));
        Assert.Equal(4, Assert.Single(pair.Receiver.Points("mesh-sidecar", "mesh.attempts")).Value);
    }

    [Fact]
    public async Task Each_call_is_one_line_in_the_access_log_and_counted_on_the_metrics_page()
    {
        await using var web = await WebServer.StartAsync();
        using var services = StaticFile.Echo(web.Address);
        await using var sidecar = await Sidecar.StartAsync("--static", services.Path, "--access-log", "json");
        using var client = WebCalls.Client();
        using (var answer = await client.CallAsync(sidecar.Outbound, "echo:80", "/users/1?q=1", HttpMethod.Post, "hello", Sampled))
        {
            Assert.Equal("hello", await answer.Content.ReadAsStringAsync());
        }

        using (var answer = await client.CallAsync(sidecar.Outbound, "nobody"))
        {
            Assert.Equal(HttpStatusCode.NotFound, answer.StatusCode);
        }

        PrometheusPage page = null!;
        await Bound.UntilAsync(
            async () => (page = new PrometheusPage(await client.GetStringAsync($"http://{sidecar.Admin}/metrics"))).Sum("mesh_unrouted_calls_total") == 1,
            () => "both calls on the page");
        Assert.Equal(1, page.Sum("mesh_call_duration_seconds_count", ("service", "echo"), ("method", "POST"), ("code", "HTTP_2XX")));
        Assert.Equal(1, page.Sum("mesh_attempts_total", ("service", "echo")));
        Assert.Equal(1, page.Sum("mesh_attempt_outcomes_total", ("service", "echo"), ("outcome", "ok")));
        Assert.True(page.Sum("mesh_connections", ("side", "downstream"), ("protocol", "http1")) >= 1);
        Assert.Equal(0, page.Sum("mesh_calls_in_flight"));

        sidecar.Process.Terminate();
        Assert.Equal(0, await sidecar.Process.ExitCodeAsync());
        var lines = sidecar.Process.Output.Where(l => l.StartsWith('{')).Select(l => JsonDocument.Parse(l).RootElement).ToList();
        Assert.Equal(2, lines.Count);
        string? Of(string name) => lines[0].GetProperty(name).ToString();
        Assert.Equal(("POST", "/users/1", "echo:80", "http1"), (Of("method"), Of("path"), Of("authority"), Of("protocol")));
        Assert.Equal(("echo", web.Address, "echo-7", TraceId), (Of("service"), Of("endpoint"), Of("endpoint_id"), Of("trace_id")));
        Assert.Equal(("HTTP_2XX", "200", "-", "1"), (Of("code"), Of("http_status"), Of("response_flags"), Of("attempts")));
        Assert.Equal(("5", "5"), (Of("request_bytes"), Of("response_bytes")));
        Assert.StartsWith("127.0.0.1:", Of("peer"), StringComparison.Ordinal);
        Assert.Equal("NR", lines[1].GetProperty("response_flags").GetString());
    }
}
