using System.Globalization;
using Grpc.Health.V1;
using Mesh.Integration.Processes;
using Mesh.Integration.V1;

namespace Mesh.Integration.Mesh;

/// <summary>Nothing waits for whoever should read what a program prints, and nothing fails for it.</summary>
public sealed class OutputTests
{
    [Fact]
    public async Task A_sidecar_whose_logs_nobody_reads_carries_calls_registers_again_and_ends()
    {
        var plane = await ControlPlane.StartAsync();
        try
        {
            await using var server = await MeshInstance.StartAsync(plane, "echo-1", "--access-log", "json", "--log-level", "debug");
            await plane.HealthyAsync("echo", "echo-1");
            var sidecar = server.Sidecar;
            sidecar.Process.StopReading();
            var echo = new Echo.EchoClient(sidecar.ChannelTo(sidecar.Inbound, "echo"));
            await Bound.UntilAsync(
                async () =>
                {
                    await Task.WhenAll(Enumerable.Range(0, 500).Select(_ => echo.UnaryAsync(new EchoRequest(), cancellationToken: Bound.Token).ResponseAsync));
                    return await DroppedAsync(sidecar.Admin, "stdout") > 0;
                },
                () => "lines dropped");

            var address = plane.Grpc;
            await plane.DisposeAsync();
            plane = await ControlPlane.StartAsync("--grpc", address);
            await plane.HealthyAsync("echo", "echo-1");
            await echo.UnaryAsync(new EchoRequest(), cancellationToken: Bound.Token);

            sidecar.Process.ReadOn();
            await sidecar.Process.LineAsync(line => line.EndsWith("dropped: nobody reads stdout", StringComparison.Ordinal));
            Assert.Contains(sidecar.Process.Errors, line => line.EndsWith("warning nobody reads stdout; lines are dropped until that is over", StringComparison.Ordinal));
            Assert.All(sidecar.Process.Output, line => Assert.True(line.StartsWith("listening ", StringComparison.Ordinal) || line == "ready" || (line[0] == '{' && line[^1] == '}'), line));

            sidecar.Process.StopReading();
            await Task.WhenAll(Enumerable.Range(0, 500).Select(_ => echo.UnaryAsync(new EchoRequest(), cancellationToken: Bound.Token).ResponseAsync));
            sidecar.Process.Terminate();
            Assert.Equal(0, await sidecar.Process.ExitCodeAsync());
        }
        finally
        {
            await plane.DisposeAsync();
        }
    }

    [Fact]
    public async Task A_control_plane_whose_log_nobody_reads_answers_and_ends()
    {
        await using var plane = await ControlPlane.StartAsync("--log-level", "trace");
        plane.Process.StopReading();
        var health = new Health.HealthClient(plane.Channel);
        await Bound.UntilAsync(
            async () =>
            {
                await Task.WhenAll(Enumerable.Range(0, 200).Select(_ => health.CheckAsync(new HealthCheckRequest(), cancellationToken: Bound.Token).ResponseAsync));
                return await DroppedAsync(plane.Http, "stderr") > 0;
            },
            () => "lines dropped");
        await using var server = await MeshInstance.StartAsync(plane, "echo-1");
        await plane.HealthyAsync("echo", "echo-1");

        plane.Process.ReadOn();
        await plane.Process.LineAsync(line => line.EndsWith("dropped: nobody reads stderr", StringComparison.Ordinal));

        plane.Process.StopReading();
        plane.Process.Terminate();
        Assert.Equal(0, await plane.Process.ExitCodeAsync());
    }

    [Theory]
    [InlineData(">/dev/full", 1)]
    [InlineData(">/dev/full 2>/dev/full", 0)]
    public async Task The_command_line_tool_says_in_a_line_that_its_output_is_full(string redirection, int lines)
    {
        await using var process = Through.Shell(redirection, Programs.FileOf("meshctl"), "--help");
        Assert.Equal(1, await process.ExitCodeAsync());
        Assert.Equal(lines, process.Errors.Count);
        Assert.All(process.Errors, line => Assert.StartsWith("meshctl: the output cannot be written: No space left on device", line, StringComparison.Ordinal));
    }

    private static async Task<double> DroppedAsync(string address, string stream)
    {
        using var client = new HttpClient();
        var page = await client.GetStringAsync(new Uri($"http://{address}/metrics"), Bound.Token);
        var line = page.Split('\n').Single(line => line.StartsWith($"mesh_output_dropped_lines_total{{stream=\"{stream}\"}}", StringComparison.Ordinal));
        return double.Parse(line.Split(' ')[^1], CultureInfo.InvariantCulture);
    }
}
