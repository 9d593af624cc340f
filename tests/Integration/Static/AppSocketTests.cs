using System.Net;
using System.Net.Sockets;
using Grpc.Core;
using Mesh.Integration.Http1;
using Mesh.Integration.Processes;
using Mesh.Integration.V1;

namespace Mesh.Integration.Static;

/// <summary>An app beside the sidecar that listens on a Unix socket.</summary>
public sealed class AppSocketTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("mesh-app-");

    private string Path => System.IO.Path.Combine(_folder.FullName, "app.sock");

    public void Dispose() => _folder.Delete(recursive: true);

    [Theory]
    [InlineData("0", "auto", "grpc")]
    [InlineData("0", "tcp", "tcp")]
    [InlineData("1", "grpc", "grpc")]
    public async Task A_gRPC_app_is_called_and_checked_there_on_either_loop(string isPortable, string health, string foundBy)
    {
        await using var app = await EchoServer.StartOnSocketAsync(Path);
        await using var sidecar = await StartAsync(app.Address, isPortable, "--health", health);
        var client = new Echo.EchoClient(sidecar.ChannelTo(sidecar.Inbound, "echo"));
        Assert.Equal("echo-1", (await client.UnaryAsync(new Behaviour(), 200_000)).Instance);
        using var stream = client.ServerStream(Calls.Request(new Behaviour { Replies = 100 }, 10_000), cancellationToken: Bound.Token);
        Assert.Equal(100, (await stream.ResponseStream.ToListAsync()).Count);
        Assert.Equal(StatusCode.Aborted, (await client.FailureAsync(new Behaviour { Status = (int)StatusCode.Aborted })).StatusCode);
        await sidecar.Process.LineAsync(line => line.Contains($"the app at unix:{Path} is healthy, by {foundBy}", StringComparison.Ordinal));

        app.CutConnections();
        Assert.Equal("echo-1", (await client.UnaryAsync(new Behaviour())).Instance);
    }

    [Theory]
    [InlineData("0")]
    [InlineData("1")]
    public async Task An_app_of_HTTP_1_is_too(string isPortable)
    {
        await using var web = await WebServer.StartOnSocketAsync(Path);
        await using var sidecar = await StartAsync(web.Address, isPortable, "--health", "http:/healthz");
        using var client = WebCalls.Client();
        var body = new string('x', 200_000);
        using var answer = await client.CallAsync(sidecar.Inbound, "echo", "/x?y", HttpMethod.Post, body);
        Assert.Equal("POST /x?y echo", answer.Headers.GetValues("x-seen").Single());
        Assert.Equal(body, await answer.Content.ReadAsStringAsync());
        await sidecar.Process.LineAsync(line => line.Contains($"the app at unix:{Path} is healthy, by http", StringComparison.Ordinal));
        Assert.Contains("GET /healthz localhost", web.Seen);
    }

    [Theory]
    [InlineData("0", "absent", "there is no such socket")]
    [InlineData("1", "absent", "there is no such socket")]
    [InlineData("0", "file", "its path leads to no socket, but to something else")]
    [InlineData("1", "file", "its path leads to no socket, but to something else")]
    [InlineData("0", "left", "its socket takes no connection of ours")]
    [InlineData("1", "left", "its socket takes no connection of ours")]
    public async Task What_is_wrong_with_the_path_is_said_to_callers_and_in_the_log(string isPortable, string what, string why)
    {
        if (what == "file")
        {
            await File.WriteAllTextAsync(Path, "");
        }
        else if (what == "left")
        {
            // As an app that was killed leaves it.
            using var killed = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
            var elsewhere = Path + ".bound";
            killed.Bind(new UnixDomainSocketEndPoint(elsewhere));
            File.Move(elsewhere, Path);
        }

        await using var sidecar = await StartAsync($"unix:{Path}", isPortable, "--health", "auto", "--instance-id", "echo-7");
        using (var client = WebCalls.Client())
        {
            using var failure = await client.CallAsync(sidecar.Inbound, "echo", "/");
            Assert.Equal(HttpStatusCode.ServiceUnavailable, failure.StatusCode);
            Assert.Contains($"the app of echo-7 cannot be reached: {why}", await failure.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        }

        await sidecar.Process.LineAsync(line => line.Contains($"the app at unix:{Path} is not healthy yet: {why}", StringComparison.Ordinal));

        File.Delete(Path);
        await using var app = await EchoServer.StartOnSocketAsync(Path);
        await sidecar.Process.LineAsync(line => line.Contains($"the app at unix:{Path} is healthy, by ", StringComparison.Ordinal));
        Assert.Equal("echo-1", (await new Echo.EchoClient(sidecar.ChannelTo(sidecar.Inbound, "echo")).UnaryAsync(new Behaviour())).Instance);
    }

    private static Task<Sidecar> StartAsync(string app, string isPortable, params string[] arguments) => Sidecar.StartStaticAsync(
        "services: []", new Dictionary<string, string> { ["MESH_PORTABLE_LOOP"] = isPortable }, ["--service", "echo", "--app", app, .. arguments]);
}
