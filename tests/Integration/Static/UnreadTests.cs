using System.Net;
using System.Text.Json;
using Mesh.Integration.Processes;

namespace Mesh.Integration.Static;

/// <summary>A caller that asks for much and takes nothing of it harms nobody but itself.</summary>
public sealed class UnreadTests
{
    private const int Streams = 70;
    private const int Window = 256 * 1024;

    private static readonly byte[] Answer = new byte[1_000_000];

    /// <summary>Through the caller's sidecar only, and through the server's as well, which has the caller's as its only client.</summary>
    [Theory]
    [InlineData(Paths.OneSidecar)]
    [InlineData(Paths.TwoSidecars)]
    public async Task Answers_that_one_caller_does_not_take_do_not_hold_up_the_others(string path)
    {
        await using var server = await EchoServer.StartRawAsync(http => http.Response.Body.WriteAsync(Answer, 0, Answer.Length, http.RequestAborted));
        await using var inbound = await Sidecar.StartStaticAsync("services: []", "--service", path, "--app", server.Address);
        var endpoint = path == Paths.OneSidecar ? server.Address : inbound.Inbound;
        await using var sidecar = await Sidecar.StartStaticAsync(Yaml.Service("echo", [endpoint]));
        using var unreading = await ShutWindows.ConnectAsync(sidecar.Outbound, "echo");
        await unreading.AskAsync("/big", Streams, Bound.Token);
        await Bound.UntilAsync(
            async () => await HeldAsync(sidecar) == Streams * Window,
            () => "the sidecar holds all that the streams may send");

        using var other = new HttpClient(new SocketsHttpHandler { UseProxy = false });
        for (var i = 0; i < 20; i++)
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, $"http://{sidecar.Outbound}/big")
            {
                Version = HttpVersion.Version20,
                VersionPolicy = HttpVersionPolicy.RequestVersionExact,
                Headers = { Host = "echo" },
            };
            using var answer = await other.SendAsync(request, Bound.Token);
            Assert.Equal(Answer.Length, (await answer.Content.ReadAsByteArrayAsync(Bound.Token)).Length);
        }

        Assert.Equal(Streams * Window, await HeldAsync(sidecar));
    }

    /// <summary>Of endpoints' answers, as /connections says.</summary>
    private static async Task<long> HeldAsync(Sidecar sidecar)
    {
        using var http = new HttpClient(new SocketsHttpHandler { UseProxy = false });
        using var page = JsonDocument.Parse(await http.GetStringAsync($"http://{sidecar.Admin}/connections", Bound.Token));
        return page.RootElement.GetProperty("loops").EnumerateArray()
            .SelectMany(loop => loop.GetProperty("connections").EnumerateArray())
            .Where(line => line.GetProperty("side").GetString() == "upstream")
            .Sum(line => line.GetProperty("held_bytes").GetInt64());
    }
}
