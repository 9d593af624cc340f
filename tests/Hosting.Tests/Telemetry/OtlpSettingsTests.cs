using OpenTelemetry.Exporter;

namespace Mesh.Hosting.Tests.Telemetry;

public sealed class OtlpSettingsTests
{
    [Theory]
    [InlineData("")]
    [InlineData("OTEL_EXPORTER_OTLP_ENDPOINT=")]
    [InlineData("OTEL_EXPORTER_OTLP_METRICS_ENDPOINT=http://a:1")]
    [InlineData("OTEL_EXPORTER_OTLP_ENDPOINT=http://a:1 OTEL_SDK_DISABLED=true")]
    [InlineData("OTEL_EXPORTER_OTLP_ENDPOINT=http://a:1 OTEL_TRACES_EXPORTER=none")]
    public void Nothing_is_exported_unless_the_variables_ask_for_it(string variables)
    {
        Assert.Null(Read(variables, out var fault));
        Assert.Null(fault);
    }

    [Fact]
    public void The_endpoint_of_the_signal_wins_over_that_for_all()
    {
        var settings = Read(
            "OTEL_EXPORTER_OTLP_ENDPOINT=http://a:1 OTEL_EXPORTER_OTLP_TRACES_ENDPOINT=http://b:2/v1/traces OTEL_EXPORTER_OTLP_TRACES_PROTOCOL=http/protobuf"
            + " OTEL_EXPORTER_OTLP_TRACES_HEADERS=k=v OTEL_EXPORTER_OTLP_TRACES_TIMEOUT=77",
            out _);
        var options = new OtlpExporterOptions();
        settings!.Apply(options);
        Assert.Equal(new Uri("http://b:2/v1/traces"), options.Endpoint);
        Assert.Equal(OtlpExportProtocol.HttpProtobuf, options.Protocol);
        Assert.Equal("k=v", options.Headers);
        Assert.Equal(77, options.TimeoutMilliseconds);
    }

    [Theory]
    [InlineData("collector:4317")]
    [InlineData("ftp://collector")]
    public void What_is_no_URL_is_told_with_the_variables_name(string endpoint)
    {
        Assert.Null(Read($"OTEL_EXPORTER_OTLP_ENDPOINT={endpoint}", out var fault));
        Assert.StartsWith($"OTEL_EXPORTER_OTLP_ENDPOINT: '{endpoint}' is no URL", fault, StringComparison.Ordinal);
    }

    private static OtlpSettings? Read(string variables, out string? fault)
    {
        var all = variables.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(v => v.Split('=', 2)).ToDictionary(v => v[0], v => v[1]);
        return OtlpSettings.Read(name => all.GetValueOrDefault(name), "TRACES", out fault);
    }
}
