using System.Net;
using System.Net.Sockets;
using Grpc.Core;
using Mesh.Integration.Processes;
using Mesh.Integration.V1;

namespace Mesh.Integration.Mesh;

/// <summary>What a sidecar makes of addresses behind which there is no control plane, or one of another mesh.</summary>
public sealed class ControlPlaneListTests
{
    [Fact]
    public async Task Another_gRPC_server_is_said_to_be_no_control_plane() =>
        await AssertForeignAsync((await StartEchoAsync()).Address, "it speaks gRPC, and does not serve this API of the mesh");

    [Fact]
    public async Task An_HTTP_server_is_said_to_be_no_control_plane()
    {
        await using var plane = await ControlPlane.StartAsync();
        await AssertForeignAsync(plane.Http, "it does not speak HTTP/2");
    }

    [Fact]
    public async Task Who_cannot_register_there_is_told_so_in_the_same_words()
    {
        await using var foreign = await StartEchoAsync();
        await using var app = await EchoServer.StartAsync("echo-1");
        await using var process = MeshProcess.Start(
            "mesh-sidecar",
            Executables.Sidecar,
            [
                "--control-plane", $"http://{foreign.Address}", "--service", "echo", "--app", app.Address, "--instance-id", "echo-1",
                "--outbound", "127.0.0.1:0", "--inbound", "127.0.0.1:0", "--admin", "127.0.0.1:0",
            ]);
        await process.LineAsync(line => line.Contains(
            "cannot register echo/echo-1: what answers there is no mesh control plane (it speaks gRPC, and does not serve this API of the mesh); trying on",
            StringComparison.Ordinal));
        Assert.DoesNotContain(process.Errors, line => line.Contains("Exception", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Something_that_accepts_and_is_silent_is_said_to_be_no_control_plane()
    {
        using var silent = new TcpListener(IPAddress.Loopback, 0);
        silent.Start();
        await AssertForeignAsync(silent.LocalEndpoint.ToString()!, "it says nothing");
    }

    [Fact]
    public async Task Of_two_control_planes_that_share_no_store_the_second_is_refused_and_said_at_the_start()
    {
        await using var first = await ControlPlane.StartAsync();
        await using var second = await ControlPlane.StartAsync();
        await using var sidecar = await Sidecar.StartAsync("--control-plane", $"{first.Url},{second.Url}");
        await sidecar.Process.LineAsync(line =>
            line.Contains($"the control plane at {second.Url} goes by another store", StringComparison.Ordinal)
            && line.Contains($"than the one at {first.Url}", StringComparison.Ordinal));
        using var admin = new HttpClient { BaseAddress = new Uri($"http://{sidecar.Admin}") };
        Assert.StartsWith($"ready; the control plane at {second.Url} goes by another store", await admin.GetStringAsync("/readyz", Bound.Token), StringComparison.Ordinal);
        Assert.Contains("mesh_control_planes_refused 1\n", await admin.GetStringAsync("/metrics", Bound.Token), StringComparison.Ordinal);

        // It is not used even when there is no other.
        await first.Process.KillAsync();
        await sidecar.Process.LineAsync(line => line.Contains("lost the control plane", StringComparison.Ordinal));
        await sidecar.Process.LineAsync(line => line.Contains("cannot reach the control plane", StringComparison.Ordinal));
        Assert.Single(sidecar.Process.Errors, line => line.Contains("connected to the control plane", StringComparison.Ordinal));
        Assert.False(sidecar.Process.HasExited);
    }

    [Fact]
    public async Task While_no_control_plane_was_reached_calls_fail_at_once_and_go_through_as_soon_as_there_is_one()
    {
        string address;
        await using (var former = await ControlPlane.StartAsync())
        {
            address = former.Grpc;
        }

        await using var process = MeshProcess.Start(
            "mesh-sidecar", Executables.Sidecar, ["--control-plane", $"http://{address}", "--outbound", "127.0.0.1:0", "--admin", "127.0.0.1:0"]);
        await process.LineAsync(line => line.StartsWith("listening admin", StringComparison.Ordinal));
        using var channel = MeshChannel.To(process.Listener("outbound"), "echo");
        var echo = new Echo.EchoClient(channel);
        // The first wait, which ends by itself or by what is known by then of the control plane: two timers of 5 s.
        var first = await Assert.ThrowsAsync<RpcException>(() => echo.UnaryAsync(new EchoRequest(), cancellationToken: Bound.Token).ResponseAsync);
        Assert.Equal(StatusCode.Unavailable, first.StatusCode);
        await Bound.UntilAsync(
            () => process.Errors.Any(line => line.Contains("cannot reach the control plane", StringComparison.Ordinal)), () => "a line that says so");
        // A deadline that the wait for the control plane's word would not keep.
        await AssertUnavailableAsync(echo, TimeSpan.FromSeconds(4));
        using var http = new HttpClient();
        using var request = new HttpRequestMessage(HttpMethod.Get, $"http://{process.Listener("outbound")}/") { Headers = { Host = "echo" } };
        using var answer = await http.SendAsync(request, Bound.Token);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, answer.StatusCode);

        await using var plane = await ControlPlane.StartAsync("--grpc", address);
        await using var instance = await MeshInstance.StartAsync(plane, "echo-1");
        await plane.HealthyAsync("echo", "echo-1");
        await process.ReadyAsync();
        // From the first word on it is the control plane's, which has had to learn of the instance itself.
        await Bound.UntilAsync(
            async () =>
            {
                try
                {
                    return (await echo.UnaryAsync(new EchoRequest(), cancellationToken: Bound.Token)).Instance == "echo-1";
                }
                catch (RpcException failure)
                {
                    Assert.Equal("no such service 'echo'", failure.Status.Detail);
                    return false;
                }
            },
            () => "the service called");
    }

    private static async Task AssertUnavailableAsync(Echo.EchoClient echo, TimeSpan? deadline = null)
    {
        var failure = await Assert.ThrowsAsync<RpcException>(() => echo.UnaryAsync(
            new EchoRequest(), deadline: deadline is { } limit ? TimeProvider.System.GetUtcNow().UtcDateTime + limit : null, cancellationToken: Bound.Token).ResponseAsync);
        Assert.Equal(StatusCode.Unavailable, failure.StatusCode);
        Assert.Equal("service 'echo': the control plane was never reached (connection refused)", failure.Status.Detail);
    }

    private static async Task AssertForeignAsync(string address, string why)
    {
        var sentence = $"what answers at http://{address} is no mesh control plane ({why})";
        await using var process = MeshProcess.Start(
            "mesh-sidecar", Executables.Sidecar, ["--control-plane", $"http://{address}", "--outbound", "127.0.0.1:0", "--admin", "127.0.0.1:0", "--upstream", "echo=127.0.0.1:0"]);
        await process.LineAsync(line => line.Contains(sentence, StringComparison.Ordinal));
        using var call = new HttpRequestMessage(HttpMethod.Get, $"http://{process.Listener("upstream/echo")}/");
        using var http = new HttpClient();
        using var answer = await http.SendAsync(call, Bound.Token);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, answer.StatusCode);
        Assert.Equal($"service 'echo': the control plane was never reached ({sentence})", (await answer.Content.ReadAsStringAsync()).Trim());
        using var admin = new HttpClient { BaseAddress = new Uri($"http://{process.Listener("admin")}") };
        using var ready = await admin.GetAsync("/readyz", Bound.Token);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, ready.StatusCode);
        Assert.Equal($"no control plane yet: {sentence}", (await ready.Content.ReadAsStringAsync()).Trim());
        Assert.DoesNotContain(process.Errors, line => line.Contains("Exception", StringComparison.Ordinal) || line.Contains("connected to", StringComparison.Ordinal));
        // Said once, unless it has been something else in between: that the connection was closed before its answer was read.
        var said = process.Errors.Select(line => line[(line.IndexOf(' ', StringComparison.Ordinal) + 1)..]).ToList();
        Assert.DoesNotContain(said.Zip(said.Skip(1)), pair => pair.First == pair.Second);
    }

    private static Task<EchoServer> StartEchoAsync() => EchoServer.StartAsync("echo-1");
}
