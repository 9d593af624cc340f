using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;

namespace Mesh.ControlPlane.Admin;

/// <summary>
/// Export of our own spans and metrics by OTLP, by the standard variables: each is on when OTEL_EXPORTER_OTLP_ENDPOINT or its
/// own endpoint (OTEL_EXPORTER_OTLP_TRACES_ENDPOINT, …_METRICS_ENDPOINT) is set, as service mesh-control-plane unless
/// OTEL_SERVICE_NAME or OTEL_RESOURCE_ATTRIBUTES says otherwise.
/// </summary>
internal static class OpenTelemetrySetup
{
    public static void Add(IServiceCollection services)
    {
        var traces = new OtlpSignal(Environment.GetEnvironmentVariable, "TRACES");
        var metrics = new OtlpSignal(Environment.GetEnvironmentVariable, "METRICS");
        if (!traces.IsOn && !metrics.IsOn)
            return;
        var telemetry = services.AddOpenTelemetry().ConfigureResource(resource => resource
            // Before the variables, which win.
            .AddService("mesh-control-plane", serviceVersion: typeof(OpenTelemetrySetup).Assembly.GetName().Version?.ToString(3))
            .AddEnvironmentVariableDetector());
        if (traces.IsOn)
            telemetry.WithTracing(tracing => tracing.AddAspNetCoreInstrumentation().AddOtlpExporter(traces.Apply));
        if (metrics.IsOn)
        {
            telemetry.WithMetrics(meters => meters
                .AddMeter(Instruments.MeterName).AddAspNetCoreInstrumentation().AddOtlpExporter(metrics.Apply));
        }
    }
}
