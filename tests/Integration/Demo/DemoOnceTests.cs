using Mesh.Integration.Processes;
using Mesh.Integration.Readme;
using Mesh.Integration.Telemetry;

namespace Mesh.Integration.Demo;

/// <summary>The README's first command, as its reader runs it: a whole mesh, a workload, an instance killed, one trace.</summary>
public sealed class DemoOnceTests
{
    /// <summary>Whom an order passes on its way: the client, orders and users, with the sidecars between them.</summary>
    private static readonly string[] OnTheWay =
        ["demo-client", "client-sidecar", "orders-sidecar", "orders", "users-sidecar", "users", "payments-sidecar", "payments"];

    /// <summary>A bound on what hangs: a machine that also runs other tests may need long.</summary>
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(10);

    [Fact]
    public async Task Every_expectation_holds_and_an_order_makes_one_connected_trace_over_client_sidecars_and_services()
    {
        await using var receiver = await OtlpReceiver.StartAsync();
        await using var demo = MeshProcess.Start(
            "demo", Executables.Meshctl, ["demo", "--once", "--otlp", $"http://{receiver.Address}"]);

        var code = await demo.ExitCodeAsync(Limit);

        Assert.True(code == 0, string.Join('\n', demo.Output.Concat(demo.Errors)));
        Assert.Contains(demo.Output, line => line.StartsWith("✓ no call failed: 0 of ", StringComparison.Ordinal));
        // And README shows what is printed, apart from the figures.
        var printed = demo.Output.Select(ReadmePage.Pattern).ToHashSet();
        Assert.All(
            ReadmePage.OutputOf("dotnet run --project src/Cli -- demo --once").Where(line => line != "…"),
            line => Assert.Contains(ReadmePage.Pattern(line), printed));
        foreach (var shape in new[] { "Unary", "ServerStream", "ClientStream", "BidiStream" })
        {
            Assert.Contains(demo.Output, line => line.StartsWith($"✓ {shape} calls were made", StringComparison.Ordinal));
        }

        // Exporters drop what comes faster than they send: of the thousands of traces some are whole.
        await Bound.UntilAsync(
            () => receiver.Spans.GroupBy(span => span.TraceId).Any(IsConnectedOverAll),
            () => $"no trace is whole among {receiver.Spans.Count} spans; the largest: {Describe(receiver.Spans.GroupBy(span => span.TraceId).MaxBy(trace => trace.Count())!)}");
    }

    private static bool IsConnectedOverAll(IEnumerable<ReceivedSpan> trace)
    {
        var spans = trace.ToList();
        var ids = spans.Select(span => span.SpanId).ToHashSet();
        return OnTheWay.All(service => spans.Exists(span => span.Service == service))
            && spans.Count(span => span.ParentId.Length == 0) == 1
            && spans.TrueForAll(span => span.ParentId.Length == 0 || ids.Contains(span.ParentId));
    }

    private static string Describe(IEnumerable<ReceivedSpan> trace) =>
        string.Join("; ", trace.Select(span => $"{span.Service} {span.Kind} {span.Name} {span.SpanId} in '{span.ParentId}'"));
}
