using Grpc.Core;
using Mesh.Integration.Http1;
using Mesh.Integration.Processes;
using Mesh.Integration.V1;

namespace Mesh.Integration.Static;

/// <summary>Calls of one caller stay with one of several backends, through whichever sidecar.</summary>
public sealed class StickyTests
{
    private const string Config = "{routes: [{backends: [{service: one}, {service: two}], hash_on: [{header: x-user}, {cookie: session}]}]}";

    [Fact]
    public async Task In_gRPC()
    {
        var servers = await EchoServer.StartManyAsync(2);
        var yaml = Yaml.Services(("echo", [servers[0].Address], Config), ("one", [servers[0].Address], "{}"), ("two", [servers[1].Address], "{}"));
        await using var first = await Sidecar.StartStaticAsync(yaml);
        await using var second = await Sidecar.StartStaticAsync(yaml);
        var seen = new HashSet<string>();
        for (var i = 0; i < 20; i++)
        {
            var mine = await CallAsync(first, i);
            Assert.Equal((mine, mine), (await CallAsync(first, i), await CallAsync(second, i)));
            seen.Add(mine);
        }

        Assert.Equal(2, seen.Count);
        foreach (var server in servers)
        {
            await server.DisposeAsync();
        }

        static async Task<string> CallAsync(Sidecar sidecar, int user)
        {
            var client = new Echo.EchoClient(sidecar.Channel("echo"));
            return (await client.UnaryAsync(new EchoRequest(), new Metadata { { "x-user", $"user-{user}" } }, cancellationToken: Bound.Token)).Instance;
        }
    }

    [Fact]
    public async Task In_HTTP()
    {
        await using var one = await WebServer.StartAsync();
        await using var two = await WebServer.StartAsync();
        await using var sidecar = await Sidecar.StartStaticAsync(Yaml.Services(("web", [one.Address], Config), ("one", [one.Address], "{}"), ("two", [two.Address], "{}")));
        using var client = WebCalls.Client();
        client.DefaultRequestHeaders.Add("cookie", "lang=de; session=ann");
        for (var i = 0; i < 20; i++)
        {
            using var answer = await client.CallAsync(sidecar.Outbound, "web");
        }

        Assert.Equal([0, 20], new[] { one.Seen.Count, two.Seen.Count }.Order());
    }
}
