using OpenTelemetry.Resources;
using OpenTelemetry.Trace;

namespace Mesh.DemoServices.Server;

/// <summary>
/// Spans by OTLP, as the standard <c>OTEL_*</c> variables say. Without an endpoint nothing is recorded, and the trace
/// context of a call still goes along with what it calls: ASP.NET Core and HttpClient see to that.
/// </summary>
internal static class Telemetry
{
    public static void Add(IServiceCollection services, DemoOptions options)
    {
        if (!IsSet("OTEL_EXPORTER_OTLP_ENDPOINT") && !IsSet("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT"))
        {
            return;
        }

        services.AddOpenTelemetry()
            .ConfigureResource(resource => Describe(resource, options))
            .WithTracing(tracing => tracing
                .AddAspNetCoreInstrumentation(server => server.Filter = IsCall)
                .AddHttpClientInstrumentation()
                .AddOtlpExporter());
    }

    private static void Describe(ResourceBuilder resource, DemoOptions options)
    {
        // OTEL_SERVICE_NAME, when set, is already in the resource and wins.
        if (!IsSet("OTEL_SERVICE_NAME"))
        {
            resource.AddService(options.Service.ToString().ToLowerInvariant(), serviceInstanceId: options.Instance);
        }
    }

    // A health check every few seconds is nobody's call.
    private static bool IsCall(HttpContext context) => !context.Request.Path.StartsWithSegments("/grpc.health.v1.Health");

    private static bool IsSet(string variable) => !string.IsNullOrEmpty(Environment.GetEnvironmentVariable(variable));
}
