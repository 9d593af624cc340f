using System.Net;
using System.Net.Sockets;
using Mesh.Integration.Processes;

namespace Mesh.Integration.Mesh;

public sealed class ProbeVerbTests
{
    [Fact]
    public async Task What_is_well_is_told_by_the_exit_code_alone()
    {
        await using var plane = await ControlPlane.StartAsync();
        foreach (var url in (string[])[$"http://{plane.Http}/readyz", $"grpc://{plane.Grpc}", $"grpc://{plane.Grpc}/mesh.v1.Registry", $"tcp://{plane.Grpc}"])
        {
            await using var probe = Start(url, "--timeout", "25s");
            Assert.True(await probe.ExitCodeAsync() == 0, $"{url}: {string.Join('\n', probe.Errors)}");
            Assert.Empty(probe.Errors.Concat(probe.Output));
        }
    }

    [Fact]
    public async Task What_is_not_well_is_told_in_a_line()
    {
        await using var plane = await ControlPlane.StartAsync();
        await using var echo = await EchoServer.StartAsync();
        using var silent = new TcpListener(IPAddress.Loopback, 0);
        silent.Start();
        foreach (var (url, fault) in ((string, string)[])
        [
            ($"http://{plane.Http}/nowhere", "it answers 404: "),
            ($"http://{plane.Grpc}/readyz", "it answers 400"),
            ($"grpc://{plane.Grpc}/no.such.Service", "it has no grpc.health.v1.Health, or does not know this service"),
            ($"grpc://{echo.Address}", "it has no grpc.health.v1.Health, or does not know this service"),
            ($"grpc://{plane.Http}", "it refuses the call"),
            ("http://127.0.0.1:1/readyz", "Connection refused"),
            ("tcp://no-such-host.invalid:1", ""),
            ($"http://{silent.LocalEndpoint}/readyz", "no answer within 500ms"),
            ($"grpc://{silent.LocalEndpoint}", "no answer within 500ms"),
        ])
        {
            await using var probe = Start(url, "--timeout", fault.Contains("500ms", StringComparison.Ordinal) ? "500ms" : "25s");
            Assert.Equal(1, await probe.ExitCodeAsync());
            var line = Assert.Single(probe.Errors);
            Assert.StartsWith($"mesh-sidecar: probe: {url}", line, StringComparison.Ordinal);
            Assert.Contains(fault, line, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("URL: is required")]
    [InlineData("URL: 'ftp://a:1' is not a URL like", "ftp://a:1")]
    [InlineData("URL: 'tcp://a' is not a URL like", "tcp://a")]
    [InlineData("--timeout: '0' is not a duration", "tcp://a:1", "--timeout", "0")]
    public async Task A_wrong_use_is_told_in_a_line(string fault, params string[] arguments)
    {
        await using var probe = Start(arguments);
        Assert.Equal(2, await probe.ExitCodeAsync());
        Assert.StartsWith($"mesh-sidecar probe: {fault}", Assert.Single(probe.Errors), StringComparison.Ordinal);
    }

    private static MeshProcess Start(params string[] arguments) => MeshProcess.Start("mesh-sidecar", Executables.Sidecar, ["probe", .. arguments]);
}
