using System.Net;
using Grpc.Core;
using Mesh.Integration.Http1;
using Mesh.Integration.Processes;
using Mesh.Integration.V1;
using Microsoft.AspNetCore.Http;

namespace Mesh.Integration.Static;

/// <summary>What the app beside a sidecar is spoken to in, given or found out.</summary>
public sealed class AppProtocolTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("mesh-app-");

    public void Dispose() => _folder.Delete(recursive: true);

    [Theory]
    [InlineData("auto")]
    [InlineData("http1")]
    public async Task An_app_of_HTTP_1_takes_calls_that_came_by_HTTP_2(string protocol)
    {
        await using var web = await WebServer.StartAsync();
        await using var sidecar = await StartAsync(web.Address, protocol);
        var body = new string('x', 200_000);
        for (var i = 0; i < 3; i++)
        {
            using var answer = await Http2Async(sidecar, "/x?y", body);
            Assert.Equal((HttpStatusCode.OK, HttpVersion.Version20), (answer.StatusCode, answer.Version));
            Assert.Equal("POST /x?y echo", answer.Headers.GetValues("x-seen").Single());
            Assert.Equal(body, await answer.Content.ReadAsStringAsync());
        }

        Assert.Equal(3, web.Seen.Count);
    }

    [Theory]
    [InlineData("answers")]
    [InlineData("closes")]
    public async Task One_that_says_so_in_its_own_words_is_found_out_without_a_call_that_fails(string how)
    {
        await using var app = new RawServer(async (server, connection) =>
        {
            while (await server.ReadHeadAsync(connection) is { } head)
            {
                if (head.StartsWith("PRI ", StringComparison.Ordinal))
                {
                    if (how == "answers")
                    {
                        await RawServer.SayAsync(connection, "HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
                    }

                    return;
                }

                await RawServer.SayAsync(connection, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi");
            }
        });
        await using var sidecar = await StartAsync(app.Address, "auto");
        for (var i = 0; i < 3; i++)
        {
            using var answer = await Http2Async(sidecar, "/");
            Assert.Equal("hi", await answer.Content.ReadAsStringAsync());
        }

        Assert.Equal(3, app.Heads.Count(head => head.StartsWith("GET / HTTP/1.1", StringComparison.Ordinal)));
    }

    [Theory]
    [InlineData("http1", "the app there speaks HTTP/1.1 alone by --app-protocol, and gRPC needs HTTP/2")]
    [InlineData("auto", "the app there does not speak HTTP/2, which gRPC needs")]
    public async Task To_one_of_HTTP_1_gRPC_is_told_so(string protocol, string why)
    {
        await using var web = await WebServer.StartAsync();
        await using var sidecar = await StartAsync(web.Address, protocol);
        for (var i = 0; i < 2; i++)
        {
            var failure = await new Echo.EchoClient(sidecar.ChannelTo(sidecar.Inbound, "echo")).FailureAsync(new Behaviour());
            Assert.Equal((StatusCode.Unimplemented, $"service 'echo': {why}"), (failure.StatusCode, failure.Detail));
        }

        Assert.Empty(web.Seen);
    }

    [Fact]
    public async Task One_of_HTTP_2_takes_calls_that_came_by_HTTP_1()
    {
        await using var app = await EchoServer.StartRawAsync(async context =>
        {
            Assert.False(context.Request.Headers.ContainsKey("x-mesh-protocol"));
            await context.Response.WriteAsync($"{context.Request.Protocol} {context.Request.Host} {await new StreamReader(context.Request.Body).ReadToEndAsync()}");
        });
        await using var sidecar = await StartAsync(app.Address, "http2");
        using var client = WebCalls.Client();
        using var answer = await client.CallAsync(sidecar.Inbound, "echo", "/", HttpMethod.Post, "hello");
        Assert.Equal(HttpVersion.Version11, answer.Version);
        Assert.Equal("HTTP/2 echo hello", await answer.Content.ReadAsStringAsync());
    }

    [Fact]
    public async Task One_that_comes_back_otherwise_is_found_out_again()
    {
        var path = Path.Combine(_folder.FullName, "app.sock");
        await using var sidecar = await StartAsync($"unix:{path}", "auto");
        await using (await WebServer.StartOnSocketAsync(path))
        {
            using var before = await Http2Async(sidecar, "/");
            Assert.Equal(HttpStatusCode.OK, before.StatusCode);
        }

        await using var app = await EchoServer.StartOnSocketAsync(path);
        Assert.Equal("echo-1", (await new Echo.EchoClient(sidecar.ChannelTo(sidecar.Inbound, "echo")).UnaryAsync(new Behaviour())).Instance);
        using var after = await Http2Async(sidecar, "/none");
        Assert.Equal(HttpStatusCode.NotFound, after.StatusCode); // its own, and in HTTP/2: it speaks nothing else
    }

    private static Task<Sidecar> StartAsync(string app, string protocol) =>
        Sidecar.StartStaticAsync("services: []", "--service", "echo", "--app", app, "--app-protocol", protocol, "--health", "none");

    private static async Task<HttpResponseMessage> Http2Async(Sidecar sidecar, string target, string? body = null)
    {
        using var client = WebCalls.Client();
        using var request = new HttpRequestMessage(body is null ? HttpMethod.Get : HttpMethod.Post, $"http://{sidecar.Inbound}{target}")
        {
            Version = HttpVersion.Version20,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
            Headers = { Host = "echo" },
            Content = body is null ? null : new StringContent(body),
        };
        return await client.SendAsync(request, Bound.Token);
    }
}
