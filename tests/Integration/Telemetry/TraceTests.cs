using System.Collections.Concurrent;
using System.Diagnostics;
using Grpc.Core;
using Mesh.Integration.Processes;
using Mesh.Integration.V1;
using Microsoft.AspNetCore.Http;

namespace Mesh.Integration.Telemetry;

[Collection("traces")]
public sealed class TraceTests
{
    private const string Method = "integration.v1.Echo/Unary";
    private const string TraceId = "4bf92f3577b34da6a3ce929d0e0e4736";

    private static readonly ActivitySource App = new("test.app");

    [Fact]
    public async Task Client_sidecars_and_server_make_one_connected_trace()
    {
        var traceId = "";
        var apps = new ConcurrentQueue<Activity>();
        using var listener = new ActivityListener
        {
            ShouldListenTo = source => source.Name is "test.app" or "Microsoft.AspNetCore" or "Grpc.Net.Client" or "System.Net.Http",
            // A listener hears of the whole process: calls of other tests must stay without a trace.
            Sample = (ref ActivityCreationOptions<ActivityContext> creation) =>
                creation.Source == App || creation.Parent.TraceId.ToString() == Volatile.Read(ref traceId)
                    ? ActivitySamplingResult.AllDataAndRecorded
                    : ActivitySamplingResult.None,
            ActivityStopped = apps.Enqueue,
        };
        ActivitySource.AddActivityListener(listener);
        await using var server = await EchoServer.StartAsync();
        await using var pair = await TracedPair.StartAsync(server.Address);

        using (var root = App.StartActivity("place an order", ActivityKind.Internal))
        {
            Volatile.Write(ref traceId, root!.TraceId.ToString());
            root.TraceStateString = "vendor=1";
            await new Echo.EchoClient(pair.Outbound.Channel("echo")).UnaryAsync(new EchoRequest(), cancellationToken: Bound.Token);
        }

        var outbound = await pair.SpanAsync(traceId, SpanKind.Client);
        var inbound = await pair.SpanAsync(traceId, SpanKind.Server);
        await Bound.UntilAsync(() => apps.Any(a => a.TraceId.ToString() == traceId && a.Kind == ActivityKind.Server), () => "the server's span");
        var ofApps = apps.Where(a => a.TraceId.ToString() == traceId).ToList();
        var served = Assert.Single(ofApps, a => a.Kind == ActivityKind.Server);
        Assert.Contains(ofApps, a => a.Kind != ActivityKind.Server && a.SpanId.ToString() == outbound.ParentId);
        Assert.Equal(outbound.SpanId, inbound.ParentId);
        Assert.Equal(inbound.SpanId, served.ParentSpanId.ToString());
        Assert.Equal("vendor=1", outbound.TraceState);
        Assert.Equal("vendor=1", served.TraceStateString);

        Assert.Equal("mesh-sidecar", outbound.Service);
        Assert.Equal("echo-sidecar", inbound.Service);
        Assert.Equal("echo-7", inbound.Instance);
        foreach (var span in (ReceivedSpan[])[outbound, inbound])
        {
            Assert.Equal(Method, span.Name);
            Assert.Equal(SpanStatus.Unset, span.Status);
            Assert.Equal("grpc", span.Attributes["rpc.system.name"]);
            Assert.Equal(Method, span.Attributes["rpc.method"]);
            Assert.Equal("OK", span.Attributes["rpc.status_code"]);
            Assert.Equal("echo", span.Attributes["server.address"]);
            Assert.Equal("1", span.Attributes["mesh.attempts"]);
            Assert.Empty(span.Events);
            Assert.Empty(pair.AttemptsOf(span)); // it is the span of its one attempt, too
        }

        Assert.Equal("echo-7", outbound.Attributes["mesh.endpoint"]);
        Assert.Equal(pair.Inbound.Inbound, $"{outbound.Attributes["network.peer.address"]}:{outbound.Attributes["network.peer.port"]}");
    }

    [Fact]
    public async Task A_retry_is_an_event_and_a_failure_the_status_of_the_span()
    {
        await using var server = await EchoServer.StartAsync();
        await using var pair = await TracedPair.StartAsync(
            server.Address, "{retry: {max_attempts: 2, codes: [UNAVAILABLE], backoff_base: 0.001s, backoff_max: 0.001s}, breaker: {disabled: true}, timeouts: {connect: 30s}}");
        var client = new Echo.EchoClient(pair.Outbound.Channel("echo"));

        await client.UnaryAsync(
            new EchoRequest { Behaviour = new Behaviour { Status = (int)StatusCode.Unavailable, FailFirst = 1, Key = "a" } },
            Traceparent($"00-{TraceId}-00f067aa0ba902b7-01"),
            cancellationToken: Bound.Token);
        var recovered = await pair.SpanAsync(TraceId, SpanKind.Client);
        Assert.Equal("00f067aa0ba902b7", recovered.ParentId);
        Assert.Equal(SpanStatus.Unset, recovered.Status);
        Assert.Equal("2", recovered.Attributes["mesh.attempts"]);
        Assert.Equal(["attempt", "retry", "attempt"], recovered.Events.Select(e => e.Name));
        Assert.Equal("UNAVAILABLE", recovered.Events[0].Attributes["rpc.status_code"]);
        Assert.Equal("1", recovered.Events[0].Attributes["mesh.attempt"]);
        Assert.Equal("echo-7", recovered.Events[0].Attributes["mesh.endpoint"]);
        Assert.Equal("ok", recovered.Events[2].Attributes["mesh.outcome"]);

        var attempts = pair.AttemptsOf(recovered);
        Assert.Equal(["1", "2"], attempts.Select(a => a.Attributes["mesh.attempt"]));
        Assert.Equal(["UNAVAILABLE", "OK"], attempts.Select(a => a.Attributes["rpc.status_code"]));
        Assert.Equal([SpanStatus.Error, SpanStatus.Unset], attempts.Select(a => a.Status));
        Assert.All(attempts, a =>
        {
            Assert.Equal((SpanKind.Client, Method), (a.Kind, a.Name));
            Assert.Equal(("echo-7", "closed", Method), (a.Attributes["mesh.endpoint"], a.Attributes["mesh.breaker"], a.Attributes["rpc.method"]));
            Assert.Equal(pair.Inbound.Inbound, $"{a.Attributes["network.peer.address"]}:{a.Attributes["network.peer.port"]}");
        });
        // What the endpoint did is a child of the attempt that asked for it.
        await Bound.UntilAsync(
            () => pair.Receiver.Spans.Any(s => s.Kind == SpanKind.Server && s.ParentId == attempts[1].SpanId), () => "the server's span under the second attempt");

        const string other = "0af7651916cd43dd8448eb211c80319c";
        await Assert.ThrowsAsync<RpcException>(() => client.UnaryAsync(
            new EchoRequest { Behaviour = new Behaviour { Status = (int)StatusCode.NotFound } },
            Traceparent($"00-{other}-00f067aa0ba902b7-01"),
            cancellationToken: Bound.Token).ResponseAsync);
        var failed = await pair.SpanAsync(other, SpanKind.Client);
        Assert.Equal(SpanStatus.Error, failed.Status);
        Assert.Equal("NOT_FOUND", failed.Attributes["error.type"]);
        Assert.Equal("NOT_FOUND", failed.Attributes["rpc.status_code"]);

        // What was not found is no fault of the server.
        Assert.Equal(SpanStatus.Unset, (await pair.SpanAsync(other, SpanKind.Server)).Status);
    }

    [Fact]
    public async Task A_failure_of_the_mesh_is_told_in_the_span()
    {
        await using var server = await EchoServer.StartAsync();
        await using var pair = await TracedPair.StartAsync(server.Address);
        await pair.Inbound.Process.KillAsync();
        await Assert.ThrowsAsync<RpcException>(() => new Echo.EchoClient(pair.Outbound.Channel("echo")).UnaryAsync(
            new EchoRequest(), Traceparent($"00-{TraceId}-00f067aa0ba902b7-01"), cancellationToken: Bound.Token).ResponseAsync);
        var span = await pair.SpanAsync(TraceId, SpanKind.Client);
        Assert.Equal(SpanStatus.Error, span.Status);
        Assert.Equal("connect_failed", span.Attributes["error.type"]);
        Assert.Contains("'echo'", span.StatusMessage, StringComparison.Ordinal);
        Assert.Contains("cannot be reached", span.StatusMessage, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_call_whose_caller_did_not_sample_it_has_no_span_and_keeps_its_header()
    {
        var seen = new ConcurrentQueue<string>();
        await using var server = await StartRecorderAsync(seen);
        await using var pair = await TracedPair.StartAsync(server.Address);
        var unsampled = $"00-{TraceId}-00f067aa0ba902b7-00";
        await CallAsync(pair, unsampled);
        Assert.Equal(unsampled, Assert.Single(seen));

        const string sampled = "0af7651916cd43dd8448eb211c80319c";
        await CallAsync(pair, $"00-{sampled}-00f067aa0ba902b7-01");
        await pair.EndAsync();
        Assert.Equal([sampled, sampled], pair.Receiver.Spans.Select(s => s.TraceId));
    }

    [Fact]
    public async Task The_decision_not_to_sample_a_new_trace_goes_along_to_all_hops()
    {
        var seen = new ConcurrentQueue<string>();
        await using var server = await StartRecorderAsync(seen);
        // The inbound sidecar would sample everything that nobody has decided on.
        await using var pair = await TracedPair.StartAsync(server.Address);
        using var services = StaticFile.Echo(pair.Inbound.Inbound);
        await using var outbound = await Sidecar.StartAsync(
            ["--static", services.Path],
            new Dictionary<string, string>
            {
                ["OTEL_EXPORTER_OTLP_ENDPOINT"] = $"http://{pair.Receiver.Address}",
                ["OTEL_TRACES_SAMPLER"] = "parentbased_always_off",
            });
        await new Echo.EchoClient(outbound.Channel("echo")).UnaryAsync(new EchoRequest(), cancellationToken: Bound.Token);
        var header = Assert.Single(seen).Split('-');
        Assert.Equal("00", header[0]);
        Assert.Equal(32, header[1].Length);
        Assert.Equal("00", header[3]);
        await pair.EndAsync();
        Assert.Empty(pair.Receiver.Spans);
    }

    [Fact]
    public async Task A_trace_in_B3_headers_is_joined_and_goes_on_in_W3C_headers()
    {
        var seen = new ConcurrentQueue<string>();
        await using var server = await StartRecorderAsync(seen);
        await using var pair = await TracedPair.StartAsync(server.Address);
        await new Echo.EchoClient(pair.Outbound.Channel("echo")).UnaryAsync(
            new EchoRequest(), new Metadata { { "b3", $"{TraceId}-00f067aa0ba902b7-1" } }, cancellationToken: Bound.Token);
        var outbound = await pair.SpanAsync(TraceId, SpanKind.Client);
        var inbound = await pair.SpanAsync(TraceId, SpanKind.Server);
        Assert.Equal("00f067aa0ba902b7", outbound.ParentId);
        Assert.Equal(outbound.SpanId, inbound.ParentId);
        Assert.Equal($"00-{TraceId}-{inbound.SpanId}-01", Assert.Single(seen));
    }

    [Fact]
    public async Task Nothing_is_touched_where_nothing_is_exported()
    {
        var seen = new ConcurrentQueue<string>();
        await using var server = await StartRecorderAsync(seen);
        await using var sidecar = await Sidecar.StartStaticAsync(
            $"services:\n- name: echo\n  endpoints:\n  - address: {server.Address}\n  config: {{timeouts: {{connect: 30s}}}}\n");
        var client = new Echo.EchoClient(sidecar.Channel("echo"));
        await client.UnaryAsync(new EchoRequest(), cancellationToken: Bound.Token);
        await client.UnaryAsync(new EchoRequest(), Traceparent("00-bad"), cancellationToken: Bound.Token);
        Assert.Equal(["", "00-bad"], seen);
    }

    private static Metadata Traceparent(string value) => new() { { "traceparent", value } };

    private static async Task CallAsync(TracedPair pair, string traceparent) =>
        await new Echo.EchoClient(pair.Outbound.Channel("echo")).UnaryAsync(
            new EchoRequest(), Traceparent(traceparent), cancellationToken: Bound.Token);

    /// <summary>Answers with an empty message and keeps the header traceparent.</summary>
    private static Task<EchoServer> StartRecorderAsync(ConcurrentQueue<string> seen) => EchoServer.StartRawAsync(async context =>
    {
        await context.Request.Body.CopyToAsync(Stream.Null);
        seen.Enqueue(context.Request.Headers.TraceParent.ToString());
        context.Response.ContentType = "application/grpc";
        await context.Response.Body.WriteAsync(new byte[5]);
        context.Response.AppendTrailer("grpc-status", "0");
    });
}
