using Mesh.Hosting;
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
    /// <param name="services">Where the exporters go.</param>
    /// <param name="log">Told of variables that make no sense.</param>
    public static void Add(IServiceCollection services, Log log)
    {
        var traces = Read("TRACES", log);
        var metrics = Read("METRICS", log);
        if (traces is null && metrics is null)
        {
            return;
        }

        var telemetry = services.AddOpenTelemetry().ConfigureResource(resource => resource
            // Before the variables, which win.
            .AddService("mesh-control-plane", serviceVersion: ProgramVersion.Text)
            .AddEnvironmentVariableDetector());
        if (traces is not null)
        {
            telemetry.WithTracing(tracing => tracing.AddAspNetCoreInstrumentation().AddOtlpExporter(traces.Apply));
        }

        if (metrics is not null)
        {
            telemetry.WithMetrics(meters => meters
                .AddMeter(Instruments.MeterName).AddAspNetCoreInstrumentation().AddOtlpExporter(metrics.Apply));
        }
    }

    private static OtlpSettings? Read(string signal, Log log)
    {
        var settings = OtlpSettings.Read(Environment.GetEnvironmentVariable, signal, out var fault);
        if (fault is not null)
        {
            log.Warn(fault);
        }

        return settings;
    }
}
