using Grpc.Core;
using Mesh.Integration.Processes;
using Mesh.Integration.V1;
using Mesh.V1;

namespace Mesh.Integration.Mesh;

/// <summary>An operator asks afterwards, by no address but the control plane's, why a call failed. That all causes are told apart is shown in memory (tests/Sidecar.Tests/Simulation/Why).</summary>
public sealed class WhyTests
{
    private const string Trace = "4bf92f3577b34da6a3ce929d0e0e4736";

    [Fact]
    public async Task The_app_that_is_gone_is_named_by_the_trace_and_by_the_service()
    {
        await using var plane = await ControlPlane.StartAsync();
        await using var only = await MeshInstance.StartAsync(plane, "echo-1");
        await plane.HealthyAsync("echo", "echo-1");
        await using var client = await Sidecar.StartAsync("--service", "shop", "--instance-id", "shop-1", "--control-plane", plane.Url);
        var echo = new Echo.EchoClient(client.Channel("echo"));
        await echo.UnaryAsync(new EchoRequest(), cancellationToken: Bound.Token);
        await only.App.KillAsync();
        // That the app has gone may itself be what this one is told; from the next on nothing is there.
        await Assert.ThrowsAsync<RpcException>(() => echo.UnaryAsync(new EchoRequest(), cancellationToken: Bound.Token).ResponseAsync);
        var headers = new Metadata { { "traceparent", $"00-{Trace}-00f067aa0ba902b7-01" }, { "x-request-id", "r-1" } };
        await Assert.ThrowsAsync<RpcException>(() => echo.UnaryAsync(new EchoRequest(), headers, cancellationToken: Bound.Token).ResponseAsync);

        foreach (var which in (string[][])[[Trace], ["r-1"], ["--service", "echo"]])
        {
            var (code, text) = await WhyAsync(plane, which);
            Assert.Equal(0, code);
            Assert.Contains("of shop/shop-1 to 'echo' failed with UNAVAILABLE", text, StringComparison.Ordinal);
            Assert.Contains("why     echo/echo-1: ", text, StringComparison.Ordinal);
            Assert.Contains("[app_down]", text, StringComparison.Ordinal);
        }

        var (_, json) = await WhyAsync(plane, Trace, "-o", "json");
        var finding = CallFinding.Parser.ParseJson(json);
        Assert.Equal(("app_down", "echo/echo-1"), (finding.Causes[^1].Cause, finding.Causes[^1].Where));
        Assert.Equal(["shop/shop-1", "echo/echo-1"], finding.Path.Select(seen => seen.Sidecar));

        var (nothing, said) = await WhyAsync(plane, new string('a', 32));
        Assert.Equal((1, true), (nothing, said.Contains("no sidecar remembers a call", StringComparison.Ordinal)));
    }

    private static async Task<(int Code, string Text)> WhyAsync(ControlPlane plane, params string[] arguments)
    {
        await using var meshctl = MeshProcess.Start("meshctl", Executables.Meshctl, ["why", .. arguments, "--control-plane", plane.Url]);
        return (await meshctl.ExitCodeAsync(), string.Join('\n', meshctl.Output.Concat(meshctl.Errors)));
    }
}
