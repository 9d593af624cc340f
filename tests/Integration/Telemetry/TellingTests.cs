using System.Text.Json;
using Grpc.Core;
using Mesh.Integration.Processes;
using Mesh.Integration.Static;
using Mesh.Integration.V1;

namespace Mesh.Integration.Telemetry;

/// <summary>What an operator is told of circuits, routes and limits.</summary>
[Collection("traces")]
public sealed class TellingTests
{
    private static readonly Behaviour Bad = new() { Status = (int)StatusCode.Unavailable };

    [Fact]
    public async Task Circuits_that_open_close_or_are_spared_are_said_at_once()
    {
        await using var server = await EchoServer.StartAsync();
        await using var sidecar = await Sidecar.StartStaticAsync(Yaml.Services(
            ("classic", [server.Address], "{breaker: {open: 300ms, max_ejection_percent: 100}}"),
            ("alone", [server.Address], "{}")));
        var classic = new Echo.EchoClient(sidecar.Channel("classic"));
        for (var i = 0; i < 5; i++)
        {
            await classic.FailureAsync(Bad);
            await new Echo.EchoClient(sidecar.Channel("alone")).FailureAsync(Bad);
        }

        await SaysAsync(sidecar, $"warning circuit of 'classic', instance '{server.Address}' at {server.Address}: opened for ", "(failures in a row: 5, the last: UNAVAILABLE)");
        await SaysAsync(sidecar, "warning circuit of 'alone', ", "stays closed: with max_ejection_percent 50 at most 0 of the service's endpoints may be out");
        await Bound.UntilAsync(
            async () =>
            {
                try
                {
                    await classic.UnaryAsync(new Behaviour());
                    return true;
                }
                catch (RpcException)
                {
                    return false;
                }
            },
            () => "a probe gets through");
        await SaysAsync(sidecar, "info circuit of 'classic', ", "closed after ");
    }

    [Fact]
    public async Task After_a_redirect_everything_names_the_service_that_was_asked_for()
    {
        await using var server = await EchoServer.StartAsync();
        await using var sidecar = await Sidecar.StartStaticAsync(
            Yaml.Services(
                ("orders", [server.Address], "{routes: [{name: canary, service: orders2}]}"),
                ("orders2", [server.Address], "{}"),
                ("empty", [server.Address], "{routes: [{name: gone, service: nobody}]}"),
                ("late", [server.Address], "{timeouts: {request: 500ms}, routes: [{name: canary, service: orders2}]}")),
            "--access-log", "json");
        await new Echo.EchoClient(sidecar.Channel("orders")).UnaryAsync(new Behaviour());
        var late = await new Echo.EchoClient(sidecar.Channel("late")).FailureAsync(new Behaviour { Hang = true });
        Assert.Equal($"service 'late', route 'canary' to 'orders2': no answer from {server.Address} within timeouts.request of 500ms (1 attempt)", late.Detail);
        Assert.Equal(
            "route 'gone' of 'empty' leads to 'nobody', which is not known",
            (await new Echo.EchoClient(sidecar.Channel("empty")).FailureAsync(new Behaviour())).Detail);
        using var http = new HttpClient();
        var page = new PrometheusPage(await http.GetStringAsync(new Uri($"http://{sidecar.Admin}/metrics")));
        Assert.Equal(1, page.Sum("mesh_call_duration_seconds_count", ("service", "orders")));
        Assert.Equal(0, page.Sum("mesh_call_duration_seconds_count", ("service", "orders2")));
        Assert.Equal(2, page.Sum("mesh_attempts_total", ("service", "orders2")));
        sidecar.Process.Terminate();
        Assert.Equal(0, await sidecar.Process.ExitCodeAsync());
        var lines = sidecar.Process.Output.Where(l => l.StartsWith('{')).Select(l => JsonDocument.Parse(l).RootElement).ToList();
        Assert.Equal(
            [("orders", "canary", "orders2", null), ("late", "canary", "orders2", late.Detail), ("empty", "gone", null, "route 'gone' of 'empty' leads to 'nobody', which is not known")],
            lines.Select(l => (Text(l, "service"), Text(l, "route"), Text(l, "upstream_cluster"), Text(l, "message"))));
    }

    [Fact]
    public async Task Retries_that_the_budget_refuses_are_counted()
    {
        await using var server = await EchoServer.StartAsync();
        await using var sidecar = await Sidecar.StartStaticAsync(Yaml.Service(
            "echo", server, "{retry: {codes: [UNAVAILABLE], budget: {percent: 0, min_per_second: 0}}}"));
        await new Echo.EchoClient(sidecar.Channel("echo")).FailureAsync(Bad);
        using var http = new HttpClient();
        var page = new PrometheusPage(await http.GetStringAsync(new Uri($"http://{sidecar.Admin}/metrics")));
        Assert.Equal((1, 0), (page.Sum("mesh_retry_budget_exhausted_total", ("service", "echo")), page.Sum("mesh_retries_total")));
    }

    private static Task SaysAsync(Sidecar sidecar, string begin, string end) => Bound.UntilAsync(
        () => sidecar.Process.Errors.Any(line => line.Contains(begin, StringComparison.Ordinal) && line.Contains(end, StringComparison.Ordinal)),
        () => $"{begin}...{end}; there is: {string.Join('\n', sidecar.Process.Errors)}");

    private static string? Text(JsonElement line, string name) => line.GetProperty(name).GetString();
}
