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
    [InlineData(">/dev/full", "No space left on device")]
    [InlineData(">/dev/full 2>/dev/full", null)]
    [InlineData("0<&- >&-", "stdout is closed")]
    [InlineData("0<&- >&- 2>&-", null)]
    public async Task The_command_line_tool_says_in_a_line_that_its_output_takes_nothing(string redirection, string? why)
    {
        await using var process = Through.Shell(redirection, Programs.FileOf("meshctl"), "--help");
        Assert.Equal(1, await process.ExitCodeAsync());
        Assert.Equal(why is null ? [] : [$"meshctl: the output cannot be written: {why}"], process.Errors.Select(line => line.Split(" : ")[0]));
    }

    [Theory]
    [InlineData("2>&-", "list", "--control-plane", "http://127.0.0.1:1")]
    [InlineData("2>/dev/full", "list", "--control-plane", "http://127.0.0.1:1")]
    [InlineData("0<&-", "apply", "-f", "-")]
    [InlineData("0<&- 2>&-", "apply", "-f", "-")]
    public async Task The_command_line_tool_fails_as_ever_where_it_can_neither_read_nor_complain(string redirection, params string[] arguments)
    {
        await using var process = Through.Shell(redirection, Programs.FileOf("meshctl"), arguments);
        Assert.Equal(1, await process.ExitCodeAsync());
        Assert.Equal(redirection == "0<&-" ? ["meshctl: --file -: holds no resource"] : [], process.Errors);
    }

    [Fact]
    public async Task The_command_line_tool_ends_without_a_word_when_its_reader_is_gone()
    {
        var fifo = Path.Combine(Path.GetTempPath(), $"mesh-{Guid.NewGuid():N}");
        const string script = """mkfifo "$1" && { read -r _ <"$1"; "$0" --help; echo "code $?" >&2; } | { exec <&-; echo >"$1"; }""";
        await using var shell = MeshProcess.Start("sh", "/bin/sh", ["-c", script, Programs.FileOf("meshctl"), fifo]);
        await shell.ExitCodeAsync();
        Assert.Equal(["code 141"], shell.Errors);
        File.Delete(fifo);
    }

    [Theory]
    [InlineData("2>&-")]
    [InlineData("2>/dev/full")]
    public async Task A_probe_that_cannot_say_why_says_no_all_the_same(string redirection)
    {
        await using var process = Through.Shell(redirection, Programs.FileOf("mesh-sidecar"), "probe", "http://127.0.0.1:1/");
        Assert.Equal(1, await process.ExitCodeAsync());
    }

    private static async Task<double> DroppedAsync(string address, string stream)
    {
        using var client = new HttpClient();
        var page = await client.GetStringAsync(new Uri($"http://{address}/metrics"), Bound.Token);
        var line = page.Split('\n').Single(line => line.StartsWith($"mesh_output_dropped_lines_total{{stream=\"{stream}\"}}", StringComparison.Ordinal));
        return double.Parse(line.Split(' ')[^1], CultureInfo.InvariantCulture);
    }
}
