using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using OpenTelemetry.Exporter;

namespace Mesh.ControlPlane.Admin;

/// <summary>
/// What the standard variables say of one signal: its own where they are set, those of all where not
/// (https://opentelemetry.io/docs/specs/otel/protocol/exporter/).
/// </summary>
/// <param name="variable">Reads a variable; null or empty if it is not set.</param>
/// <param name="signal">"TRACES" or "METRICS".</param>
internal sealed class OtlpSignal(Func<string, string?> variable, string signal)
{
    /// <summary>Whether it is exported at all.</summary>
    public bool IsOn =>
        !string.Equals(variable("OTEL_SDK_DISABLED"), "true", StringComparison.OrdinalIgnoreCase)
        && variable($"OTEL_{signal}_EXPORTER") != "none"
        && (TryOwn("ENDPOINT", out _) || variable("OTEL_EXPORTER_OTLP_ENDPOINT") is { Length: > 0 });

    /// <summary>Sets what its own variables say; the library knows those of all.</summary>
    public void Apply(OtlpExporterOptions options)
    {
        if (TryOwn("PROTOCOL", out var protocol))
            options.Protocol = protocol == "http/protobuf" ? OtlpExportProtocol.HttpProtobuf : OtlpExportProtocol.Grpc;
        // Used as it is, with no path added.
        if (TryOwn("ENDPOINT", out var text) && Uri.TryCreate(text, UriKind.Absolute, out var endpoint))
            options.Endpoint = endpoint;
        if (TryOwn("HEADERS", out var headers))
            options.Headers = headers;
        if (TryOwn("TIMEOUT", out var timeout) && int.TryParse(timeout, CultureInfo.InvariantCulture, out var milliseconds))
            options.TimeoutMilliseconds = milliseconds;
    }

    private bool TryOwn(string what, [NotNullWhen(true)] out string? value) =>
        (value = variable($"OTEL_EXPORTER_OTLP_{signal}_{what}")) is { Length: > 0 };
}
