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
                // Its activity is the parent of HttpClient's: left out, the trace would have a gap.
                .AddSource("Grpc.Net.Client")
                .AddOtlpExporter());
    }

    // OTEL_SERVICE_NAME wins over our own name; which instance it was, only we can say.
    private static void Describe(ResourceBuilder resource, DemoOptions options) => resource.AddService(
        Environment.GetEnvironmentVariable("OTEL_SERVICE_NAME") is { Length: > 0 } given ? given : options.Service.ToString().ToLowerInvariant(),
        serviceInstanceId: options.Instance);

    // A health check every few seconds is nobody's call.
    private static bool IsCall(HttpContext context) => !context.Request.Path.StartsWithSegments("/grpc.health.v1.Health") && context.Request.Path != "/healthz";

    private static bool IsSet(string variable) => !string.IsNullOrEmpty(Environment.GetEnvironmentVariable(variable));
}
