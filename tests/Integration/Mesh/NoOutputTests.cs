using System.Net;
using System.Net.Sockets;
using Grpc.Core;
using Grpc.Net.Client;
using Grpc.Reflection.V1Alpha;
using Mesh.Integration.Processes;
using Mesh.Integration.V1;

namespace Mesh.Integration.Mesh;

/// <summary>Programs that run in the background, with a stdout or stderr that takes nothing or does not exist.</summary>
public sealed class NoOutputTests
{
    private const string Full = ">/dev/full 2>/dev/full";
    private const string Closed = "0<&- >&- 2>&-";

    private static int _addresses;

    [Theory]
    [InlineData(Full)]
    [InlineData(Closed)]
    [InlineData("2>/dev/full")]
    [InlineData("0<&- 2>&-")]
    public async Task A_sidecar_serves_and_drains_all_the_same(string redirection)
    {
        await using var server = await EchoServer.StartAsync("echo-1");
        var file = Path.Combine(Path.GetTempPath(), $"mesh-{Guid.NewGuid():N}.yaml");
        await File.WriteAllTextAsync(file, $"services:\n- name: echo\n  endpoints:\n  - address: {server.Address}\n");
        var (outbound, admin) = (OwnAddress(), OwnAddress());
        await using (var sidecar = Start(redirection, "mesh-sidecar", "--static", file, "--outbound", outbound, "--admin", admin))
        {
            await AnswersAsync(sidecar, admin);
            using var channel = MeshChannel.To(outbound, "echo");
            using var chat = new Echo.EchoClient(channel).Bidi(cancellationToken: Bound.Token);
            await SaysAsync(chat, new EchoRequest());

            sidecar.Terminate();

            using var http = new HttpClient();
            await Bound.UntilAsync(
                async () => await http.GetStringAsync(new Uri($"http://{admin}/livez"), Bound.Token) == "ok\n" && await StatusAsync(http, admin) == 503, () => "the drain");
            await SaysAsync(chat, new EchoRequest());
            await chat.RequestStream.CompleteAsync();
            Assert.False(await chat.ResponseStream.MoveNext(Bound.Token));
            Assert.Equal(0, await sidecar.ExitCodeAsync());
        }

        File.Delete(file);
    }

    [Theory]
    [InlineData("mesh-control-plane", Full)]
    [InlineData("mesh-control-plane", Closed)]
    [InlineData("mesh-control-plane", "2>/dev/full")]
    [InlineData("mesh-demo", Full)]
    [InlineData("mesh-demo", Closed)]
    [InlineData("mesh-demo", "2>/dev/full")]
    public async Task A_server_serves_and_drains_all_the_same(string program, string redirection)
    {
        var grpc = OwnAddress();
        string[] arguments = program == "mesh-demo" ? ["users", "--listen", grpc] : ["--grpc", grpc, "--http", OwnAddress()];
        await using var process = Start(redirection, program, arguments);
        await AnswersAsync(process, grpc);
        using var channel = MeshChannel.To(grpc, program);
        using var call = new ServerReflection.ServerReflectionClient(channel).ServerReflectionInfo(cancellationToken: Bound.Token);
        await SaysAsync(call, new ServerReflectionRequest { ListServices = "" });

        process.Terminate();

        await SaysAsync(call, new ServerReflectionRequest { ListServices = "" });
        await call.RequestStream.CompleteAsync();
        Assert.Equal(0, await process.ExitCodeAsync());
    }

    [Theory]
    [InlineData("mesh-sidecar", ">/dev/full", "No space left on device")]
    [InlineData("mesh-control-plane", ">/dev/full", "No space left on device")]
    [InlineData("mesh-demo", ">/dev/full", "No space left on device")]
    [InlineData("mesh-sidecar", ">&-", "is closed")]
    [InlineData("mesh-control-plane", ">&-", "is closed")]
    [InlineData("mesh-demo", ">&-", "is closed")]
    public async Task Who_cannot_say_which_port_the_system_has_chosen_ends_with_1_and_a_line(string program, string redirection, string why)
    {
        await using var process = Start(redirection, program, Programs.ArgumentsOf(program));
        Assert.Equal(1, await process.ExitCodeAsync());
        var line = Assert.Single(process.Errors, error => error.StartsWith($"{program}: ", StringComparison.Ordinal));
        Assert.Equal($"{program}: stdout: {why}; nobody would learn which port the system has chosen: give every listener a port, or stdout a place", line);
        Assert.DoesNotContain(process.Errors, error => error.Contains("   at ", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_sidecar_whose_log_is_on_a_full_disk_registers_again_after_a_restart_of_the_control_plane()
    {
        var plane = await ControlPlane.StartAsync();
        try
        {
            await using var app = await EchoServer.StartAsync("echo-1");
            var (inbound, outbound, admin) = (OwnAddress(), OwnAddress(), OwnAddress());
            await using var sidecar = Start(
                "2>/dev/full",
                "mesh-sidecar", "--service", "echo", "--app", app.Address, "--instance-id", "echo-1", "--control-plane", plane.Url,
                "--inbound", inbound, "--outbound", outbound, "--admin", admin, "--log-level", "trace");
            await plane.HealthyAsync("echo", "echo-1");

            for (var restart = 0; restart < 2; restart++)
            {
                var address = plane.Grpc;
                await plane.Process.KillAsync();
                await plane.DisposeAsync();
                plane = await ControlPlane.StartAsync("--grpc", address);
                await plane.HealthyAsync("echo", "echo-1");
            }

            sidecar.Terminate();
            Assert.Equal(0, await sidecar.ExitCodeAsync());
        }
        finally
        {
            await plane.DisposeAsync();
        }
    }

    private static MeshProcess Start(string redirection, string program, params string[] arguments) =>
        Through.Shell(redirection, Programs.FileOf(program), arguments);

    /// <summary>A port that is known beforehand and that nobody else takes: on a loopback address of its own.</summary>
    private static string OwnAddress() =>
        $"127.{1 + (Environment.ProcessId % 250)}.{1 + (Environment.ProcessId / 250 % 250)}.{Interlocked.Increment(ref _addresses)}:15001";

    private static Task AnswersAsync(MeshProcess process, string address) => Bound.UntilAsync(
        async () =>
        {
            Assert.False(process.HasExited, string.Join('\n', process.Errors));
            using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            try
            {
                await socket.ConnectAsync(IPEndPoint.Parse(address), Bound.Token);
                return true;
            }
            catch (SocketException)
            {
                return false;
            }
        },
        () => $"an answer at {address}");

    private static async Task SaysAsync<TRequest, TReply>(AsyncDuplexStreamingCall<TRequest, TReply> call, TRequest request)
    {
        await call.RequestStream.WriteAsync(request, Bound.Token);
        Assert.True(await call.ResponseStream.MoveNext(Bound.Token));
    }

    private static async Task<int> StatusAsync(HttpClient http, string admin)
    {
        using var answer = await http.GetAsync(new Uri($"http://{admin}/readyz"), Bound.Token);
        return (int)answer.StatusCode;
    }
}
