using System.Net;
using Grpc.Core;
using Mesh.Integration.Http1;
using Mesh.Integration.Processes;
using Mesh.Integration.V1;

namespace Mesh.Integration.Static;

/// <summary>A server that has had enough says for how long, and the calls go to the others.</summary>
public sealed class RestTests
{
    private const string Config = "{balancing: {policy: ROUND_ROBIN, max_rest: 1h}}";

    [Fact]
    public async Task In_gRPC()
    {
        var servers = await EchoServer.StartManyAsync(3);
        await using var sidecar = await Sidecar.StartStaticAsync(Yaml.Service("echo", servers.Select(server => server.Address), Config));
        var client = new Echo.EchoClient(sidecar.Channel("echo"));
        var enough = new Behaviour { Status = (int)StatusCode.ResourceExhausted, Trailers = { ["grpc-retry-pushback-ms"] = "3600000" } };
        Assert.Equal(StatusCode.ResourceExhausted, (await client.FailureAsync(enough)).StatusCode);
        var resting = Array.FindIndex(servers, server => server.Counts.Calls == 1);
        for (var i = 0; i < 20; i++)
        {
            await client.UnaryAsync(new Behaviour());
        }

        Assert.Equal([1, 10, 10], new[] { resting, (resting + 1) % 3, (resting + 2) % 3 }.Select(i => (int)servers[i].Counts.Calls));
        foreach (var server in servers)
        {
            await server.DisposeAsync();
        }
    }

    [Fact]
    public async Task In_HTTP()
    {
        await using var web = await WebServer.StartAsync();
        await using var busy = new RawServer(async (server, connection) =>
        {
            while (await server.ReadHeadAsync(connection) is not null)
            {
                await RawServer.SayAsync(connection, "HTTP/1.1 429 Too Many Requests\r\nRetry-After: 3600\r\nContent-Length: 0\r\n\r\n");
            }
        });
        await using var sidecar = await Sidecar.StartStaticAsync(Yaml.Service("web", [web.Address, busy.Address], Config));
        using var client = WebCalls.Client();
        var answers = new List<HttpStatusCode>();
        for (var i = 0; i < 20; i++)
        {
            using var answer = await client.CallAsync(sidecar.Outbound, "web");
            answers.Add(answer.StatusCode);
        }

        Assert.Single(answers, HttpStatusCode.TooManyRequests);
        Assert.Equal(19, answers.Count(status => status == HttpStatusCode.OK));
    }
}
