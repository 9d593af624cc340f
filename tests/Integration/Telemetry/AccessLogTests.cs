using System.Text.Json;
using Grpc.Core;
using Mesh.Integration.Processes;
using Mesh.Integration.V1;

namespace Mesh.Integration.Telemetry;

// Whoever listens to activities makes every HttpClient of the process send a traceparent.
[Collection("traces")]
public sealed class AccessLogTests
{
    private const string TraceId = "4bf92f3577b34da6a3ce929d0e0e4736";

    [Fact]
    public async Task Each_call_is_one_JSON_line_that_says_how_it_went_and_why()
    {
        await using var server = await EchoServer.StartAsync();
        using var services = StaticFile.Of($$"""
            services:
            - name: echo
              endpoints:
              - address: {{server.Address}}
                id: echo-7
              config: {timeouts: {connect: 30s} }
            - name: down
              endpoints:
              - address: 127.0.0.1:9
              config: {retry: {backoff_base: 0.001s, backoff_max: 0.001s} }
            - name: empty
              endpoints: []
            """);
        await using var sidecar = await Sidecar.StartAsync("--static", services.Path, "--access-log", "json");
        await new Echo.EchoClient(sidecar.Channel("echo")).UnaryAsync(
            new EchoRequest { Payload = Google.Protobuf.ByteString.CopyFrom(new byte[100]) },
            new Metadata { { "traceparent", $"00-{TraceId}-00f067aa0ba902b7-01" } },
            cancellationToken: Bound.Token);
        await FailAsync(sidecar, "echo", new Behaviour { Status = (int)StatusCode.NotFound });
        await FailAsync(sidecar, "down");
        await FailAsync(sidecar, "empty");
        await FailAsync(sidecar, "nobody");
        await FailAsync(sidecar, "echo", new Behaviour { Hang = true }, TimeSpan.FromSeconds(1));
        sidecar.Process.Terminate();
        Assert.Equal(0, await sidecar.Process.ExitCodeAsync());

        var lines = sidecar.Process.Output.Where(l => l.StartsWith('{')).Select(l => JsonDocument.Parse(l).RootElement).ToList();
        Assert.Equal(6, lines.Count);
        var first = lines[0];
        Assert.Equal("outbound", first.GetProperty("direction").GetString());
        Assert.Equal("echo", first.GetProperty("service").GetString());
        Assert.Equal("integration.v1.Echo/Unary", first.GetProperty("method").GetString());
        Assert.Equal("echo", first.GetProperty("authority").GetString());
        Assert.StartsWith("127.0.0.1:", first.GetProperty("peer").GetString(), StringComparison.Ordinal);
        Assert.Equal(server.Address, first.GetProperty("endpoint").GetString());
        Assert.Equal("echo-7", first.GetProperty("endpoint_id").GetString());
        Assert.Equal("OK", first.GetProperty("code").GetString());
        Assert.Equal("-", first.GetProperty("response_flags").GetString());
        Assert.Equal(1, first.GetProperty("attempts").GetInt32());
        Assert.True(first.GetProperty("request_bytes").GetInt64() > 100);
        Assert.True(first.GetProperty("response_bytes").GetInt64() > 100);
        Assert.Equal(TraceId, first.GetProperty("trace_id").GetString());
        Assert.Null(lines[1].GetProperty("trace_id").GetString());

        Assert.Equal(["OK", "NOT_FOUND", "UNAVAILABLE", "UNAVAILABLE", "UNAVAILABLE"], lines[..5].Select(l => l.GetProperty("code").GetString()));
        Assert.Equal(["-", "-", "UF,URX", "UH", "NR"], lines[..5].Select(l => l.GetProperty("response_flags").GetString()));
        // Whether the deadline is seen here or the caller's cancellation comes first is a matter of microseconds.
        Assert.Contains(lines[5].GetProperty("response_flags").GetString(), (string[])["UT", "DC"]);
        Assert.True(lines[5].GetProperty("duration_ms").GetDouble() > 0);
    }

    [Fact]
    public async Task As_text_a_call_is_one_line_of_words()
    {
        await using var server = await EchoServer.StartAsync();
        using var services = StaticFile.Echo(server.Address);
        await using var sidecar = await Sidecar.StartAsync("--static", services.Path, "--access-log", "text");
        await new Echo.EchoClient(sidecar.Channel("echo")).UnaryAsync(new EchoRequest(), cancellationToken: Bound.Token);
        await sidecar.Process.LineAsync(line => line.Contains(" outbound echo integration.v1.Echo/Unary OK - ", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Without_the_option_nothing_is_logged()
    {
        await using var server = await EchoServer.StartAsync();
        using var services = StaticFile.Echo(server.Address);
        await using var sidecar = await Sidecar.StartAsync("--static", services.Path);
        await new Echo.EchoClient(sidecar.Channel("echo")).UnaryAsync(new EchoRequest(), cancellationToken: Bound.Token);
        sidecar.Process.Terminate();
        Assert.Equal(0, await sidecar.Process.ExitCodeAsync());
        Assert.All(sidecar.Process.Output, line => Assert.True(line == "ready" || line.StartsWith("listening ", StringComparison.Ordinal), line));
    }

    private static Task<RpcException> FailAsync(Sidecar sidecar, string service, Behaviour? behaviour = null, TimeSpan? timeout = null) =>
        Assert.ThrowsAsync<RpcException>(() => new Echo.EchoClient(sidecar.Channel(service)).UnaryAsync(
            new EchoRequest { Behaviour = behaviour },
            deadline: timeout is { } limit ? TimeProvider.System.GetUtcNow().Add(limit).UtcDateTime : null,
            cancellationToken: Bound.Token).ResponseAsync);
}
