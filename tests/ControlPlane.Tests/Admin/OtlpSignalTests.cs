using Mesh.ControlPlane.Admin;
using OpenTelemetry.Exporter;

namespace Mesh.ControlPlane.Tests.Admin;

public sealed class OtlpSignalTests
{
    [Theory]
    [InlineData("", false, false)]
    [InlineData("OTEL_EXPORTER_OTLP_ENDPOINT=http://all:4317", true, true)]
    [InlineData("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT=http://traces:4317", true, false)]
    [InlineData("OTEL_EXPORTER_OTLP_METRICS_ENDPOINT=http://metrics:4317", false, true)]
    [InlineData("OTEL_EXPORTER_OTLP_ENDPOINT=http://all:4317 OTEL_TRACES_EXPORTER=none", false, true)]
    [InlineData("OTEL_EXPORTER_OTLP_ENDPOINT=http://all:4317 OTEL_SDK_DISABLED=true", false, false)]
    public void A_signal_is_exported_where_its_variables_say(string variables, bool traces, bool metrics)
    {
        Assert.Equal(traces, Of(variables, "TRACES").IsOn);
        Assert.Equal(metrics, Of(variables, "METRICS").IsOn);
    }

    [Fact]
    public void A_signals_own_variables_go_before_those_of_all()
    {
        var options = new OtlpExporterOptions { Endpoint = new Uri("http://all:4317"), Headers = "a=1" };
        Of("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT=http://traces:4318/v1/traces OTEL_EXPORTER_OTLP_TRACES_PROTOCOL=http/protobuf OTEL_EXPORTER_OTLP_TRACES_HEADERS=b=2 OTEL_EXPORTER_OTLP_TRACES_TIMEOUT=123", "TRACES").Apply(options);
        Assert.Equal(("http://traces:4318/v1/traces", OtlpExportProtocol.HttpProtobuf, "b=2", 123),
            (options.Endpoint.ToString(), options.Protocol, options.Headers, options.TimeoutMilliseconds));

        var others = new OtlpExporterOptions { Endpoint = new Uri("http://all:4317"), Headers = "a=1" };
        Of("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT=http://traces:4317", "METRICS").Apply(others);
        Assert.Equal(("http://all:4317/", "a=1"), (others.Endpoint.ToString(), others.Headers));
    }

    private static OtlpSignal Of(string variables, string signal)
    {
        var all = variables.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(pair => pair.Split('=', 2)).ToDictionary(pair => pair[0], pair => pair[1]);
        return new OtlpSignal(name => all.GetValueOrDefault(name), signal);
    }
}
