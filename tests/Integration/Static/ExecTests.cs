using System.Net;
using System.Net.Sockets;
using Mesh.Integration.Http1;
using Mesh.Integration.Processes;

namespace Mesh.Integration.Static;

/// <summary>A sidecar that is its app's parent: the app finds its way out from its first call to its last, and is what whoever has started the two sees.</summary>
public sealed class ExecTests : IDisposable
{
    private readonly string _file = Path.GetTempFileName();

    public ExecTests() => File.WriteAllText(_file, "services: []\n");

    public void Dispose() => File.Delete(_file);

    [Theory]
    [InlineData("exit 0", 0)]
    [InlineData("exit 7", 7)]
    [InlineData("kill -KILL $$", 137)]
    public async Task Its_end_is_the_app_s_end(string script, int code)
    {
        await using var sidecar = Start("echo only this; " + script);
        Assert.Equal(code, await sidecar.ExitCodeAsync());
        Assert.Equal(["only this"], sidecar.Output);
        Assert.Contains(sidecar.Errors, line => line == "ready");
        Assert.Contains(sidecar.Errors, line => line.EndsWith($"the app has ended with code {code}", StringComparison.Ordinal));
    }

    [Fact]
    public async Task The_app_s_first_call_and_the_one_it_makes_at_its_end_are_answered()
    {
        await using var web = await WebServer.StartAsync();
        await File.WriteAllTextAsync(_file, Yaml.Service("web", [web.Address]));
        var way = FreePort();
        var probe = $"'{Executables.Sidecar}' probe http://127.0.0.1:{way}/";
        await using var sidecar = Start($"{probe} && echo first; trap '{probe.Replace("'", "", StringComparison.Ordinal)} && echo last; exit 4' TERM; echo up; while :; do sleep 0.05; done", "--upstream", $"web=127.0.0.1:{way}");
        await sidecar.LineAsync(line => line == "up");
        Replicas.ReplicatedMesh.Signal(sidecar, "TERM");
        Assert.Equal(4, await sidecar.ExitCodeAsync());
        Assert.Equal(["first", "up", "last"], sidecar.Output);
    }

    [Theory]
    [InlineData("HUP")]
    [InlineData("USR1")]
    [InlineData("USR2")]
    public async Task Signals_that_end_no_service_are_passed_on(string signal)
    {
        await using var sidecar = Start($"trap 'echo {signal}; exit 5' {signal}; echo up; while :; do sleep 0.05; done");
        await sidecar.LineAsync(line => line == "up");
        Replicas.ReplicatedMesh.Signal(sidecar, signal);
        Assert.Equal(5, await sidecar.ExitCodeAsync());
        Assert.Equal(["up", signal], sidecar.Output);
    }

    [Fact]
    public async Task An_app_that_does_not_end_is_ended_after_its_time()
    {
        await using var sidecar = Start("trap '' TERM; echo up; while :; do sleep 0.05; done", "--drain-grace", "0s");
        await sidecar.LineAsync(line => line == "up");
        Replicas.ReplicatedMesh.Signal(sidecar, "TERM");
        Assert.Equal(137, await sidecar.ExitCodeAsync());
        Assert.Contains(sidecar.Errors, line => line.EndsWith("the app has not ended in its time: it is ended (SIGKILL)", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_second_signal_ends_both_at_once()
    {
        await using var sidecar = Start("trap '' TERM; echo $$; while :; do sleep 0.05; done");
        await sidecar.LineAsync(line => int.TryParse(line, out _));
        var app = sidecar.Output[0];
        Replicas.ReplicatedMesh.Signal(sidecar, "TERM");
        await sidecar.LineAsync(line => line.Contains("the app is told to end", StringComparison.Ordinal));
        Replicas.ReplicatedMesh.Signal(sidecar, "TERM");
        Assert.Equal(143, await sidecar.ExitCodeAsync());
        await Bound.UntilAsync(() => !Directory.Exists($"/proc/{app}"), () => "the app is gone");
    }

    [Fact]
    public async Task Without_a_control_plane_the_app_waits_as_long_as_is_said_and_is_started_all_the_same()
    {
        await using var sidecar = MeshProcess.Start("mesh-sidecar", Executables.Sidecar,
        [
            "exec", "--control-plane", "http://127.0.0.1:1", "--upstream", "web=127.0.0.1:0", "--outbound", "127.0.0.1:0", "--admin", "127.0.0.1:0", "--exec-wait", "500ms", "--", "sh", "-c", "echo started",
        ]);
        Assert.Equal(0, await sidecar.ExitCodeAsync());
        Assert.Equal(["started"], sidecar.Output);
        Assert.Contains(sidecar.Errors, line => line.Contains("not ready after 500ms (--exec-wait): the app is started all the same; no control plane yet: ", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("/nowhere/to/be/found", 127, "mesh-sidecar: exec: /nowhere/to/be/found cannot be started: ")]
    [InlineData("/etc/passwd", 126, "mesh-sidecar: exec: /etc/passwd cannot be started: ")]
    public async Task An_app_that_cannot_be_started_is_said_as_shells_say_it(string program, int code, string line)
    {
        await using var sidecar = MeshProcess.Start("mesh-sidecar", Executables.Sidecar, [.. Options, "--", program]);
        Assert.Equal(code, await sidecar.ExitCodeAsync());
        Assert.Contains(sidecar.Errors, said => said.StartsWith(line, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Without_an_app_it_says_where_it_is_to_stand()
    {
        await using var sidecar = MeshProcess.Start("mesh-sidecar", Executables.Sidecar, Options);
        Assert.Equal(2, await sidecar.ExitCodeAsync());
        Assert.StartsWith("mesh-sidecar: exec: there is no app to start; its command line goes behind --", Assert.Single(sidecar.Errors), StringComparison.Ordinal);
    }

    private string[] Options => ["exec", "--static", _file, "--outbound", "127.0.0.1:0", "--admin", "127.0.0.1:0"];

    private MeshProcess Start(string script, params string[] arguments) =>
        MeshProcess.Start("mesh-sidecar", Executables.Sidecar, [.. Options, .. arguments, "--", "sh", "-c", script]);

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
