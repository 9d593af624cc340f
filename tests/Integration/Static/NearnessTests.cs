using Mesh.Integration.Http1;
using Mesh.Integration.Processes;
using Mesh.Integration.V1;

namespace Mesh.Integration.Static;

/// <summary>Of all instances a sidecar calls some, or the near ones.</summary>
public sealed class NearnessTests
{
    [Fact]
    public async Task With_a_subset_size_a_sidecar_calls_so_many_and_another_sidecar_others()
    {
        var servers = await EchoServer.StartManyAsync(4);
        var yaml = Yaml.Service("echo", servers.Select(server => server.Address), "{balancing: {policy: ROUND_ROBIN, subset_size: 2}}");
        var called = new HashSet<string>();
        for (var sidecars = 0; sidecars < 8; sidecars++)
        {
            await using var sidecar = await Sidecar.StartStaticAsync(yaml, "--instance-id", $"caller-{sidecars}");
            var before = servers.Select(server => server.Counts.Calls).ToArray();
            var client = new Echo.EchoClient(sidecar.Channel("echo"));
            for (var i = 0; i < 10; i++)
            {
                await client.UnaryAsync(new Behaviour());
            }

            var mine = servers.Where((server, i) => server.Counts.Calls > before[i]).Select(server => server.Name).ToArray();
            Assert.Equal(2, mine.Length);
            called.UnionWith(mine);
        }

        Assert.InRange(called.Count, 3, 4);
        foreach (var server in servers)
        {
            await server.DisposeAsync();
        }
    }

    [Fact]
    public async Task Those_of_the_own_zone_are_called_and_the_others_when_they_cannot_bear_it()
    {
        await using var near = await WebServer.StartAsync();
        await using var far = await WebServer.StartAsync();
        await using var sidecar = await Sidecar.StartStaticAsync(YamlOf("HEALTHY"), "--locality", "eu/a");
        using var client = WebCalls.Client();
        for (var i = 0; i < 20; i++)
        {
            using var answer = await client.CallAsync(sidecar.Outbound, "web");
        }

        Assert.Equal((20, 0), (near.Seen.Count, far.Seen.Count));

        await using var other = await Sidecar.StartStaticAsync(YamlOf("UNHEALTHY"), "--locality", "eu/a");
        for (var i = 0; i < 20; i++)
        {
            using var answer = await client.CallAsync(other.Outbound, "web");
        }

        Assert.Equal((20, 20), (near.Seen.Count, far.Seen.Count));

        string YamlOf(string status) => $$$"""
            services:
            - name: web
              endpoints:
              - {address: "{{{near.Address}}}", locality: eu/a, status: {{{status}}}}
              - {address: "{{{far.Address}}}", locality: eu/b}
              config: {balancing: {prefer: ZONE}}
            """;
    }
}
