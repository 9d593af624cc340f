using Mesh.Integration.Processes;

namespace Mesh.Integration.Telemetry;

/// <summary>
/// The whole way of a call: an outbound sidecar, an inbound one beside the server, and a collector that both export to.
/// </summary>
internal sealed class TracedPair : IAsyncDisposable
{
    private readonly List<StaticFile> _files = [];

    private TracedPair(OtlpReceiver receiver) => Receiver = receiver;

    public OtlpReceiver Receiver { get; }

    public Sidecar Inbound { get; private set; } = null!;

    public Sidecar Outbound { get; private set; } = null!;

    /// <param name="app">HOST:PORT of the server.</param>
    /// <param name="config">The service's config, in YAML's flow style.</param>
    /// <param name="variables">In addition to those that turn the export on.</param>
    public static async Task<TracedPair> StartAsync(string app, string config = "{timeouts: {connect: 30s}}", params (string Name, string Value)[] variables)
    {
        var pair = new TracedPair(await OtlpReceiver.StartAsync());
        var environment = new Dictionary<string, string>
        {
            ["OTEL_EXPORTER_OTLP_ENDPOINT"] = $"http://{pair.Receiver.Address}",
            ["OTEL_METRIC_EXPORT_INTERVAL"] = "200",
            ["OTEL_BSP_SCHEDULE_DELAY"] = "100",
        };
        foreach (var (name, value) in variables)
        {
            environment[name] = value;
        }

        pair.Inbound = await Sidecar.StartAsync(
            ["--static", pair.Keep(StaticFile.Of("services: []\n")), "--service", "echo", "--app", app, "--instance-id", "echo-7", "--health", "none"], environment);
        pair.Outbound = await Sidecar.StartAsync(["--static", pair.Keep(StaticFile.Echo(pair.Inbound.Inbound, config))], environment);
        return pair;
    }

    /// <summary>The span that a sidecar made of a call, when it has come.</summary>
    public async Task<ReceivedSpan> SpanAsync(string traceId, SpanKind kind)
    {
        ReceivedSpan? span = null;
        await Bound.UntilAsync(
            () => (span = Receiver.Spans.FirstOrDefault(s => s.TraceId == traceId && s.Kind == kind && s.Attributes.ContainsKey("mesh.attempts"))) is not null,
            () => $"a {kind} span of trace {traceId}; there are {string.Join(", ", Receiver.Spans)}");
        return span!;
    }

    /// <summary>The spans that a sidecar made of a call's attempts, in their order; they end before the call's.</summary>
    public IReadOnlyList<ReceivedSpan> AttemptsOf(ReceivedSpan call) =>
        [.. Receiver.Spans.Where(s => s.ParentId == call.SpanId && s.Attributes.ContainsKey("mesh.attempt")).OrderBy(s => s.Attributes["mesh.attempt"])];

    /// <summary>Ends both in good order, so that all they had to export has come.</summary>
    public async Task EndAsync()
    {
        Outbound.Process.Terminate();
        Assert.Equal(0, await Outbound.Process.ExitCodeAsync());
        Inbound.Process.Terminate();
        Assert.Equal(0, await Inbound.Process.ExitCodeAsync());
    }

    public async ValueTask DisposeAsync()
    {
        await Outbound.DisposeAsync();
        await Inbound.DisposeAsync();
        await Receiver.DisposeAsync();
        foreach (var file in _files)
        {
            file.Dispose();
        }
    }

    private string Keep(StaticFile file)
    {
        _files.Add(file);
        return file.Path;
    }
}
