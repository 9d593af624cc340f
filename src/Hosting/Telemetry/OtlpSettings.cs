using OpenTelemetry.Exporter;

namespace Mesh.Hosting;

/// <summary>
/// What the standard OTEL_* variables say of exporting one signal by OTLP (OpenTelemetry specification, "OTLP exporter
/// configuration"). The SDK reads those that hold for all signals itself; this reads whether there is anything to do, and
/// the variables of single signals. Immutable.
/// </summary>
public sealed class OtlpSettings
{
    private readonly Func<string, string?> _variable;
    private readonly string _signal;

    private OtlpSettings(Func<string, string?> variable, string signal, Uri endpoint)
    {
        _variable = variable;
        _signal = signal;
        Endpoint = endpoint;
    }

    /// <summary>Where to, as the variable has it: without the signal's path if it is the endpoint for all signals.</summary>
    public Uri Endpoint { get; }

    /// <summary>Reads the variables of a signal.</summary>
    /// <param name="variable">Reads a variable; null or empty if it is not set.</param>
    /// <param name="signal">"TRACES" or "METRICS".</param>
    /// <param name="fault">What is wrong with the variables; null if nothing is.</param>
    /// <returns>Null if the signal is not exported.</returns>
    public static OtlpSettings? Read(Func<string, string?> variable, string signal, out string? fault)
    {
        fault = null;
        var isDisabled = string.Equals(variable("OTEL_SDK_DISABLED"), "true", StringComparison.OrdinalIgnoreCase);
        // Other exporters than OTLP there are not, so that "none" is all it can say.
        if (isDisabled || variable($"OTEL_{signal}_EXPORTER") == "none")
        {
            return null;
        }

        foreach (var name in (string[])[$"OTEL_EXPORTER_OTLP_{signal}_ENDPOINT", "OTEL_EXPORTER_OTLP_ENDPOINT"])
        {
            if (variable(name) is not { Length: > 0 } text)
            {
                continue;
            }

            if (Uri.TryCreate(text, UriKind.Absolute, out var endpoint) && endpoint.Scheme is "http" or "https")
            {
                return new OtlpSettings(variable, signal, endpoint);
            }

            fault = $"{name}: '{text}' is no URL like http://HOST:4317; {signal.ToLowerInvariant()} are not exported";
            return null;
        }

        return null;
    }

    /// <summary>What the signal's own variables say instead of those for all.</summary>
    public void Apply(OtlpExporterOptions options)
    {
        if (Own("PROTOCOL") is { } protocol)
        {
            options.Protocol = protocol == "http/protobuf" ? OtlpExportProtocol.HttpProtobuf : OtlpExportProtocol.Grpc;
        }

        if (Own("ENDPOINT") is not null)
        {
            options.Endpoint = Endpoint; // used as it is, with no path added
        }

        if (Own("HEADERS") is { } headers)
        {
            options.Headers = headers;
        }

        if (Own("TIMEOUT") is { } timeout && int.TryParse(timeout, System.Globalization.CultureInfo.InvariantCulture, out var milliseconds))
        {
            options.TimeoutMilliseconds = milliseconds;
        }
    }

    private string? Own(string what) => _variable($"OTEL_EXPORTER_OTLP_{_signal}_{what}") is { Length: > 0 } value ? value : null;
}
