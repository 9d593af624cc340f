using OpenTelemetry;
using OpenTelemetry.Exporter;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;

namespace Mesh.Cli.Load;

/// <summary>The load client's own spans: each call it makes is the root of a trace. Dispose flushes.</summary>
internal sealed class LoadTelemetry : IDisposable
{
    /// <summary>How long the flush may hold up the end.</summary>
    private const int FlushMilliseconds = 5000;

    private readonly TracerProvider _provider;

    private LoadTelemetry(TracerProvider provider) => _provider = provider;

    /// <param name="otlp">Where to, over gRPC; null: as the standard <c>OTEL_*</c> variables say.</param>
    /// <param name="all">Every call, whatever the variables say of sampling.</param>
    /// <returns>Null if there is nowhere to export to.</returns>
    public static LoadTelemetry? Start(Uri? otlp, bool all)
    {
        if (otlp is null && string.IsNullOrEmpty(Environment.GetEnvironmentVariable("OTEL_EXPORTER_OTLP_ENDPOINT")))
        {
            return null;
        }

        var named = Environment.GetEnvironmentVariable("OTEL_SERVICE_NAME") is { Length: > 0 };
        var tracing = Sdk.CreateTracerProviderBuilder()
            .ConfigureResource(resource => _ = named ? resource : resource.AddService("demo-client"))
            .AddHttpClientInstrumentation(http => http.FilterHttpRequestMessage = IsOfLoad)
            .AddOtlpExporter(export => Configure(export, otlp));
        return new LoadTelemetry((all ? tracing.SetSampler(new AlwaysOnSampler()) : tracing).Build());
    }

    public void Dispose()
    {
        _provider.ForceFlush(FlushMilliseconds);
        _provider.Dispose();
    }

    // The CLI also talks to the control plane and reads metrics: that is no part of the load.
    private static bool IsOfLoad(HttpRequestMessage request) =>
        request.Headers.Host is { } host && CallKind.All.Any(kind => kind.Service == host);

    private static void Configure(OtlpExporterOptions export, Uri? otlp)
    {
        // The default, 2048, is less than a fixed workload produces between two exports.
        export.BatchExportProcessorOptions.MaxQueueSize = 65536;
        if (otlp is not null)
        {
            export.Endpoint = otlp;
            export.Protocol = OtlpExportProtocol.Grpc;
        }
    }
}
