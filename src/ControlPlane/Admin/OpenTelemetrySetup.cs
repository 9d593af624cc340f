using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;

namespace Mesh.ControlPlane.Admin;

/// <summary>
/// Export of our own spans and metrics by OTLP, by the standard variables: on when OTEL_EXPORTER_OTLP_ENDPOINT is set,
/// as service mesh-control-plane unless OTEL_SERVICE_NAME or OTEL_RESOURCE_ATTRIBUTES says otherwise.
/// </summary>
internal static class OpenTelemetrySetup
{
    public static void Add(IServiceCollection services)
    {
        if (string.IsNullOrEmpty(Environment.GetEnvironmentVariable("OTEL_EXPORTER_OTLP_ENDPOINT")))
            return;
        services.AddOpenTelemetry()
            .ConfigureResource(resource => resource
                // Before the variables, which win.
                .AddService("mesh-control-plane", serviceVersion: typeof(OpenTelemetrySetup).Assembly.GetName().Version?.ToString(3))
                .AddEnvironmentVariableDetector())
            .WithTracing(tracing => tracing.AddAspNetCoreInstrumentation().AddOtlpExporter())
            .WithMetrics(metrics => metrics.AddMeter(Instruments.MeterName).AddAspNetCoreInstrumentation().AddOtlpExporter());
    }
}
