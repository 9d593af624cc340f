using System.Runtime.InteropServices;
using Mesh.Integration.Processes;
using Mesh.Integration.V1;

namespace Mesh.Integration.Mesh;

/// <summary>What an operator does to the programs, and what they say to it.</summary>
public sealed class RunningTests
{
    private const int Sighup = 1;
    private const int Sigquit = 3;
    private const int Sigusr1 = 10;
    private const int Sigusr2 = 12;
    private const int Sigterm = 15;

    [Fact]
    public async Task A_static_file_is_read_again_when_it_changes_and_at_SIGHUP()
    {
        await using var first = await EchoServer.StartAsync("echo-1");
        await using var second = await EchoServer.StartAsync("echo-2");
        var file = Path.Combine(Path.GetTempPath(), $"mesh-{Guid.NewGuid():N}.yaml");
        await File.WriteAllTextAsync(file, FileOf(first));
        await using (var sidecar = await Sidecar.StartAsync("--static", file))
        {
            var echo = new Echo.EchoClient(sidecar.Channel("echo"));
            Assert.Equal("echo-1", (await echo.UnaryAsync(new EchoRequest(), cancellationToken: Bound.Token)).Instance);

            await File.WriteAllTextAsync(file, FileOf(second));
            await Bound.UntilAsync(
                async () => (await echo.UnaryAsync(new EchoRequest(), cancellationToken: Bound.Token)).Instance == "echo-2", () => "the change");

            await File.WriteAllTextAsync(file, "services: [{name: echo, endpoints: nonsense}]\n");
            Signal(sidecar.Process, Sighup);
            await sidecar.Process.LineAsync(line => line.Contains($"warning --static: {file}:1:", StringComparison.Ordinal));
            Assert.Equal("echo-2", (await echo.UnaryAsync(new EchoRequest(), cancellationToken: Bound.Token)).Instance);
        }

        File.Delete(file);
    }

    [Theory]
    [InlineData("mesh-sidecar")]
    [InlineData("mesh-control-plane")]
    [InlineData("mesh-demo")]
    public async Task Signals_that_end_programs_at_a_terminal_end_no_service(string program)
    {
        await using var process = Programs.Start(program);
        await (program == "mesh-sidecar" ? process.LineAsync(line => line.StartsWith("listening admin", StringComparison.Ordinal)) : process.ReadyAsync());
        foreach (var signal in (int[])[Sighup, Sigusr1, Sigusr2])
        {
            Signal(process, signal);
        }

        // Drains. What a shell starts in the background of a script has it ignored from the beginning, and so have we then.
        Signal(process, process.Ignores(Sigquit) ? Sigterm : Sigquit);
        Assert.Equal(0, await process.ExitCodeAsync());
    }

    [Theory]
    [InlineData("mesh-sidecar")]
    [InlineData("mesh-control-plane")]
    [InlineData("mesh-demo")]
    public async Task Whoever_had_all_signals_blocked_when_it_started_a_program_can_end_it(string program)
    {
        await using var process = Blocked.Start(() => Programs.Start(program));
        await process.LineAsync(line => line.StartsWith("listening", StringComparison.Ordinal));
        process.Terminate();
        Assert.Equal(0, await process.ExitCodeAsync());
    }

    [Fact]
    public async Task The_end_is_told_with_who_has_asked_for_it()
    {
        await using var sidecar = await Sidecar.StartStaticAsync("services: [{name: a, endpoints: [{address: \"127.0.0.1:1\"}]}]");
        using var http = new HttpClient { BaseAddress = new Uri($"http://{sidecar.Admin}") };
        using var answer = await http.PostAsync("/drain", null);
        Assert.Equal(
            "draining: new calls are turned away, those under way have up to 30s to finish, then the process ends\n",
            await answer.Content.ReadAsStringAsync());
        Assert.Equal(0, await sidecar.Process.ExitCodeAsync());
        Assert.EndsWith(" info ends, as /drain has asked", sidecar.Process.Errors[^1], StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_name_without_an_app_is_told_to_register_nothing()
    {
        await using var plane = await ControlPlane.StartAsync();
        await using var sidecar = await Sidecar.StartAsync("--control-plane", plane.Url, "--service", "shop");
        await sidecar.Process.LineAsync(line => line.Contains("warning nothing is registered as 'shop'", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("mesh-sidecar")]
    [InlineData("mesh-control-plane")]
    [InlineData("mesh-demo")]
    public async Task Version_is_the_program_s(string program)
    {
        await using var process = MeshProcess.Start(program, Programs.FileOf(program), ["--version"]);
        Assert.Equal(0, await process.ExitCodeAsync());
        Assert.Matches($@"^{program} \d+\.\d+\.\d+$", Assert.Single(process.Output));
    }

    [Theory]
    [InlineData("mesh-sidecar", "--outbound")]
    [InlineData("mesh-sidecar", "--admin")]
    [InlineData("mesh-control-plane", "--grpc")]
    [InlineData("mesh-control-plane", "--http")]
    [InlineData("mesh-demo", "--listen")]
    public async Task A_port_that_is_taken_is_told_by_its_option_in_one_line(string program, string option)
    {
        await using var server = await EchoServer.StartAsync();
        await using var process = Programs.Start(program, option, server.Address);
        Assert.Equal(1, await process.ExitCodeAsync());
        Assert.Equal($"{program}: {option} {server.Address}: address already in use; end who has it, or choose another port", Assert.Single(process.Errors));
    }

    [Theory]
    [InlineData("--health: 'http://127.0.0.1:80/x' is not auto, grpc, http:/PATH, tcp or none", "--health", "http://127.0.0.1:80/x")]
    [InlineData("--app: '0177.0.0.1:80' is not HOST:PORT", "--app", "0177.0.0.1:80")]
    [InlineData("--weight: '0' is not a whole number of 1 to 10000", "--weight", "0")]
    [InlineData("--log-level: 'loud' is not one of trace, debug, info, warning, error, off", "--log-level", "loud")]
    [InlineData("--admin: '::1:80' is not HOST:PORT", "--admin", "::1:80")]
    public async Task A_wrong_value_is_told_in_one_line(string fault, params string[] arguments)
    {
        await using var process = MeshProcess.Start(
            "mesh-sidecar", Executables.Sidecar, ["--control-plane", "http://127.0.0.1:1", "--service", "a", .. arguments]);
        Assert.Equal(2, await process.ExitCodeAsync());
        Assert.StartsWith($"mesh-sidecar: {fault}", Assert.Single(process.Errors), StringComparison.Ordinal);
    }

    private static string FileOf(EchoServer server) => $"services:\n- name: echo\n  endpoints:\n  - address: {server.Address}\n";

    private static void Signal(MeshProcess process, int signal) => Assert.Equal(0, Kill(process.Id, signal));

    [DllImport("libc", EntryPoint = "kill")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Kill(int processId, int signal);
}
