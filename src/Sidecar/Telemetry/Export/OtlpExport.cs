using Mesh.Hosting;
using Mesh.Sidecar.Options;
using Mesh.Sidecar.Readings;
using Mesh.Sidecar.Telemetry.Calls;
using Mesh.Sidecar.Telemetry.Rings;
using Mesh.Sidecar.Telemetry.Tracing;
using Mesh.Sidecar.Terms;
using OpenTelemetry;
using OpenTelemetry.Exporter;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;

namespace Mesh.Sidecar.Telemetry.Export;

/// <summary>
/// Spans and metrics by OTLP, as the standard OTEL_* variables say; without an endpoint nothing is made and nothing is
/// recorded. The resource is service.name "SERVICE-sidecar" ("mesh-sidecar" for a pure client), so that a sidecar is told
/// from its app, and service.instance.id the instance's id; OTEL_SERVICE_NAME and OTEL_RESOURCE_ATTRIBUTES win over both.
/// Made before the loops start; disposed when they have nothing more to say, which sends what is left.
/// </summary>
internal sealed class OtlpExport : IDisposable
{
    /// <summary>How long a collector that does not answer may hold up the end of the process, for each signal.</summary>
    private const int FlushMilliseconds = 3000;

    /// <summary>The SDK's 2,048 is less than a sidecar with full sampling produces between two exports.</summary>
    private const int SpanQueue = 1 << 14;

    private readonly TracerProvider? _traces;
    private readonly MeterProvider? _metrics;
    private readonly CallRecorder? _recorder;

    private OtlpExport(TracerProvider? traces, MeterProvider? metrics, CallRecorder? recorder, TraceSampling sampling)
    {
        _traces = traces;
        _metrics = metrics;
        _recorder = recorder;
        Sampling = sampling;
    }

    /// <summary>Which calls get a span; off if spans go nowhere.</summary>
    public TraceSampling Sampling { get; }

    /// <param name="view">What the instruments read.</param>
    /// <param name="variable">Reads a variable of the environment.</param>
    /// <param name="log">Told of variables that make no sense.</param>
    /// <returns>Null if nothing is exported.</returns>
    public static OtlpExport? Start(SidecarView view, Func<string, string?> variable, Log log)
    {
        var traces = Read(variable, "TRACES", log);
        var metrics = Read(variable, "METRICS", log);
        if (traces is null && metrics is null)
        {
            return null;
        }

        var resource = Resource(view.Options);
        var meters = metrics is null ? null : Metrics(resource, metrics);
        return new OtlpExport(
            traces is null ? null : Traces(resource, traces, variable),
            meters,
            meters is null ? null : new CallRecorder(view, () => meters.ForceFlush(FlushMilliseconds)),
            traces is null ? TraceSampling.Off : TraceSampling.From(variable("OTEL_TRACES_SAMPLER"), variable("OTEL_TRACES_SAMPLER_ARG")));
    }

    /// <summary>Calls that are missing in the exported histograms.</summary>
    public long Dropped => _recorder?.Dropped ?? 0;

    /// <summary>Where one writer puts its calls in one direction; null if metrics go nowhere.</summary>
    public Ring<CallRecord>? AddRing(Direction direction, int size) => _recorder?.AddRing(direction, size);

    public void Dispose()
    {
        _recorder?.Dispose(); // takes in the last calls
        // Shutting down exports what is left; disposing alone would wait longer.
        _metrics?.Shutdown(FlushMilliseconds);
        _traces?.Shutdown(FlushMilliseconds);
        _metrics?.Dispose();
        _traces?.Dispose();
    }

    private static OtlpSettings? Read(Func<string, string?> variable, string signal, Log log)
    {
        var settings = OtlpSettings.Read(variable, signal, out var fault);
        if (fault is not null)
        {
            log.Warn(fault);
        }

        return settings;
    }

    private static ResourceBuilder Resource(SidecarOptions options)
    {
        var version = typeof(OtlpExport).Assembly.GetName().Version?.ToString(3);
        return ResourceBuilder.CreateEmpty()
            .AddTelemetrySdk()
            .AddService(
                options.Service is { } service ? $"{service}-sidecar" : "mesh-sidecar",
                serviceVersion: version,
                autoGenerateServiceInstanceId: false,
                serviceInstanceId: options.InstanceId)
            .AddEnvironmentVariableDetector(); // last, since the last one wins
    }

    private static TracerProvider Traces(ResourceBuilder resource, OtlpSettings settings, Func<string, string?> variable)
    {
        TraceIds.Install();
        return Sdk.CreateTracerProviderBuilder()
            .SetResourceBuilder(resource)
            .AddSource(CallSpan.SourceName)
            .SetSampler(new AlwaysOnSampler()) // decided before there is a span
            .AddOtlpExporter(exporter =>
            {
                settings.Apply(exporter);
                if (string.IsNullOrEmpty(variable("OTEL_BSP_MAX_QUEUE_SIZE")))
                {
                    exporter.BatchExportProcessorOptions.MaxQueueSize = SpanQueue;
                }
            })
            .Build();
    }

    private static MeterProvider Metrics(ResourceBuilder resource, OtlpSettings settings) =>
        Sdk.CreateMeterProviderBuilder()
            .SetResourceBuilder(resource)
            .AddMeter(CallRecorder.MeterName)
            .AddOtlpExporter(settings.Apply)
            .Build();
}
