using System.Net;
using System.Text;
using System.Text.Json;
using Mesh.Hosting;
using Mesh.Policy.Outcomes;
using Mesh.Sidecar.Options;
using Mesh.Sidecar.Telemetry.AccessLog;
using Mesh.Sidecar.Telemetry.Calls;
using Mesh.Sidecar.Telemetry.Tracing;
using Mesh.Sidecar.Terms;

namespace Mesh.Sidecar.Tests.Telemetry;

public sealed class AccessLogTests
{
    private static readonly DateTimeOffset Time = new(2026, 1, 2, 3, 4, 5, TimeSpan.Zero);

    [Fact]
    public void The_names_in_a_JSON_line_stay_as_they_are()
    {
        using var line = JsonDocument.Parse(Format(AccessLogFormat.Json, Entry()));
        Assert.Equal(
            [
                "time", "direction", "service", "route", "upstream_cluster", "method", "path", "authority", "protocol", "peer", "endpoint", "endpoint_id", "code", "http_status",
                "reason", "response_flags", "message", "duration_ms", "attempts", "request_bytes", "response_bytes", "trace_id",
            ],
            line.RootElement.EnumerateObject().Select(m => m.Name));
        Assert.Equal("2026-01-02T03:04:05.000000Z", line.RootElement.GetProperty("time").GetString());
        Assert.Equal("connection_lost", line.RootElement.GetProperty("reason").GetString());
        Assert.Equal("UC,URX", line.RootElement.GetProperty("response_flags").GetString());
        Assert.Equal(1.5, line.RootElement.GetProperty("duration_ms").GetDouble());
    }

    [Fact]
    public void A_text_line_has_a_word_for_everything()
    {
        Assert.Equal(
            "2026-01-02T03:04:05.000000Z outbound echo pkg.Svc/Do UNAVAILABLE UC,URX 1.5ms attempts=2 bytes=7/9 echo:80 127.0.0.1:5 - - canary echo2 \"the connection was lost\"\n",
            Format(AccessLogFormat.Text, Entry()));
    }

    [Fact]
    public void What_a_caller_chooses_cannot_forge_a_line()
    {
        var entry = Entry();
        entry.SetTexts("a b\nready"u8, default, "\"x\","u8);
        entry.SetMessage("no such service 'a\" b\nc'"u8);
        Assert.EndsWith(" \"no such service 'a' b c'\"\n", Format(AccessLogFormat.Text, entry), StringComparison.Ordinal);
        Assert.Equal(1, Format(AccessLogFormat.Text, entry).Count(c => c == '\n'));
        Assert.Contains(" a_b_ready ", Format(AccessLogFormat.Text, entry), StringComparison.Ordinal);
        using var line = JsonDocument.Parse(Format(AccessLogFormat.Json, entry));
        Assert.Equal("\"x\",", line.RootElement.GetProperty("authority").GetString());
    }

    [Fact]
    public void Long_texts_are_cut_off()
    {
        var entry = Entry();
        entry.SetTexts(new byte[10_000], new byte[10_000], new byte[10_000]);
        entry.SetMessage(new byte[10_000]);
        Assert.Equal(AccessLogEntry.LongestMessage, entry.Message.Length);
        Assert.Equal(AccessLogEntry.LongestText, entry.Method.Length);
        Assert.Equal(AccessLogEntry.LongestText, entry.Path.Length);
        Assert.Equal(AccessLogEntry.LongestText, entry.Authority.Length);
    }

    [Fact]
    public void What_is_written_before_the_end_is_in_the_log()
    {
        using var output = new MemoryStream();
        var queue = new LineQueue("stdout", output);
        var writer = new AccessLogWriter(AccessLogFormat.Json, queue, TimeProvider.System, Silent);
        var calls = new Calls(TraceSampling.Off, log: writer.AddRing(Direction.Outbound, 1000));
        for (var i = 0; i < 100; i++)
        {
            calls.Telemetry.OnEnd(calls.Begin(("traceparent", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01")), Outcome.Ok());
        }

        writer.Dispose();
        Assert.True(queue.Flush(TimeSpan.FromSeconds(30)));
        Assert.Equal(0, writer.Dropped);
        var lines = Encoding.UTF8.GetString(output.ToArray()).Split('\n')[..^1];
        Assert.Equal(100, lines.Length);
        Assert.All(lines, l => Assert.Contains("\"trace_id\":\"4bf92f3577b34da6a3ce929d0e0e4736\"", l, StringComparison.Ordinal));
    }

    [Fact]
    public void Calls_that_come_too_fast_are_counted_and_told_of_while_it_runs()
    {
        using var told = new ToldText();
        var log = new Log(LogLevel.Information, told, TimeProvider.System);
        using var writer = new AccessLogWriter(AccessLogFormat.Json, new LineQueue("stdout", Stream.Null), TimeProvider.System, log);
        var calls = new Calls(TraceSampling.Off, log: writer.AddRing(Direction.Outbound, 1));
        for (var i = 0; i < 1000; i++)
        {
            calls.Telemetry.OnEnd(calls.Begin(), Outcome.Ok());
        }

        Assert.InRange(writer.Dropped, 1, 999);
        Assert.True(SpinWait.SpinUntil(() => told.ToString().Contains($"{writer.Dropped} calls are missing", StringComparison.Ordinal), TimeSpan.FromSeconds(30)));
    }

    [Fact]
    public void What_is_not_gRPC_has_a_method_and_a_path()
    {
        var entry = Entry();
        entry.Protocol = CallProtocol.Http1;
        entry.SetTexts("GET"u8, "/users/1"u8, "echo:80"u8);
        using var line = JsonDocument.Parse(Format(AccessLogFormat.Json, entry));
        Assert.Equal("GET", line.RootElement.GetProperty("method").GetString());
        Assert.Equal("/users/1", line.RootElement.GetProperty("path").GetString());
        Assert.Equal("http1", line.RootElement.GetProperty("protocol").GetString());
        Assert.Contains(" echo GET:/users/1 ", Format(AccessLogFormat.Text, entry), StringComparison.Ordinal);
    }

    private static Log Silent { get; } = new(LogLevel.None, TextWriter.Null, TimeProvider.System);

    private static string Format(AccessLogFormat format, AccessLogEntry entry) =>
        Encoding.UTF8.GetString(new AccessLogLine(format).Format(Direction.Outbound, entry, Time).Span);

    private static AccessLogEntry Entry()
    {
        var entry = new AccessLogEntry
        {
            Duration = 15_000,
            Code = GrpcStatus.Unavailable,
            Outcome = Outcome.Failed(OutcomeReason.ConnectionLost, OutcomeSource.Upstream),
            Protocol = CallProtocol.Grpc,
            Attempts = 2,
            RequestBytes = 7,
            ResponseBytes = 9,
            Service = "echo",
            Route = "canary",
            UpstreamCluster = "echo2",
            Peer = new IPEndPoint(IPAddress.Loopback, 5),
        };
        entry.SetTexts("pkg.Svc/Do"u8, default, "echo:80"u8);
        entry.SetMessage("the connection was lost"u8);
        return entry;
    }

    /// <summary>A disk that is full at first.</summary>
}
