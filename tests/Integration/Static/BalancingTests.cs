using Grpc.Core;
using Mesh.Integration.Processes;
using Mesh.Integration.V1;

namespace Mesh.Integration.Static;

public sealed class BalancingTests : IAsyncLifetime
{
    private EchoServer[] _servers = [];

    public async Task InitializeAsync() => _servers = await EchoServer.StartManyAsync(3);

    public async Task DisposeAsync()
    {
        foreach (var server in _servers)
        {
            await server.DisposeAsync();
        }
    }

    [Fact]
    public async Task Round_robin_gives_each_endpoint_the_same()
    {
        var calls = await CallAsync("ROUND_ROBIN", 60);
        Assert.Equal([20, 20, 20], calls);
    }

    [Theory]
    [InlineData("RANDOM")]
    [InlineData("LEAST_REQUEST")]
    [InlineData("LEAST_CONNECTIONS")]
    [InlineData("PEAK_EWMA")]
    [InlineData("POLICY_UNSPECIFIED")]
    public async Task Every_policy_uses_every_endpoint(string policy)
    {
        Assert.All(await CallAsync(policy, 200), calls => Assert.InRange(calls, 1, 198));
    }

    [Fact]
    public async Task Round_robin_follows_the_weights()
    {
        await using var sidecar = await Sidecar.StartStaticAsync($$$"""
            services:
            - name: echo
              endpoints:
              - {address: "{{{_servers[0].Address}}}", weight: 300}
              - {address: "{{{_servers[1].Address}}}", weight: 200}
              - {address: "{{{_servers[2].Address}}}"}
              config: {balancing: {policy: ROUND_ROBIN}}
            """);
        var calls = await CallAsync(sidecar, 60);
        Assert.Equal([30, 20, 10], calls);
    }

    [Theory]
    [InlineData("RING_HASH")]
    [InlineData("MAGLEV")]
    public async Task Calls_that_hash_alike_go_to_one_endpoint_from_every_sidecar_and_to_another_one_when_it_is_gone(string policy)
    {
        var yaml = $$$"""
            services:
            - name: echo
              endpoints: [{{{string.Join(", ", _servers.Select(Entry))}}}]
              config: {balancing: {policy: {{{policy}}}, hash_on: [{header: x-user}, {cookie: session}]}}
            """;
        await using var first = await Sidecar.StartStaticAsync(yaml);
        await using var second = await Sidecar.StartStaticAsync(yaml);
        var owners = new HashSet<string>();
        for (var user = 0; user < 20; user++)
        {
            var headers = user % 2 == 0 ? new Metadata { { "x-user", $"{user}" } } : new Metadata { { "cookie", "theme=dark" }, { "cookie", $"session={user}" } };
            var owner = await OwnerAsync(first, headers);
            owners.Add(owner);
            Assert.Equal([owner, owner], [await OwnerAsync(first, headers), await OwnerAsync(second, headers)]);
        }

        Assert.Equal(3, owners.Count);
        var mine = new Metadata { { "x-user", "0" } };
        var gone = await OwnerAsync(first, mine);
        await _servers.Single(server => server.Name == gone).DisposeAsync();
        var heir = await OwnerAsync(first, mine);
        Assert.NotEqual(gone, heir);
        Assert.Equal([heir, heir], [await OwnerAsync(first, mine), await OwnerAsync(second, mine)]);

        static string Entry(EchoServer server) => $"{{address: \"{server.Address}\"}}";

        static async Task<string> OwnerAsync(Sidecar sidecar, Metadata headers) =>
            (await new Echo.EchoClient(sidecar.Channel("echo")).UnaryAsync(new EchoRequest(), headers, cancellationToken: Bound.Token)).Instance;
    }

    [Fact]
    public async Task An_endpoint_with_calls_in_flight_gets_fewer_new_ones()
    {
        await using var sidecar = await StartAsync("LEAST_REQUEST");
        var client = new Echo.EchoClient(sidecar.Channel("echo"));
        using var end = new CancellationTokenSource();

        // A call that does not end puts its endpoint at a disadvantage against each of the two idle ones.
        var hanging = client.UnaryAsync(Calls.Request(new Behaviour { Hang = true }), cancellationToken: end.Token).ResponseAsync;
        await Bound.UntilAsync(() => _servers.Any(s => s.Counts.UnderWay == 1), () => "the call is with a server");
        var busy = Array.FindIndex(_servers, s => s.Counts.UnderWay == 1);
        var calls = await CallAsync(sidecar, 200);
        Assert.All(calls.Where((_, i) => i != busy), idle => Assert.True(idle > calls[busy], $"{string.Join(", ", calls)}; busy is {busy}"));
        await end.CancelAsync();
        await Assert.ThrowsAnyAsync<Exception>(() => hanging);
    }

    [Fact]
    public async Task An_endpoint_that_is_not_healthy_gets_nothing()
    {
        await using var sidecar = await Sidecar.StartStaticAsync($$$"""
            services:
            - name: echo
              endpoints:
              - address: {{{_servers[0].Address}}}
              - address: {{{_servers[1].Address}}}
              - {address: "{{{_servers[2].Address}}}", status: UNHEALTHY}
            """);
        Assert.Equal(0, (await CallAsync(sidecar, 60))[2]);
    }

    private Task<Sidecar> StartAsync(string policy) => Sidecar.StartStaticAsync(
        Yaml.Service("echo", _servers.Select(s => s.Address), $"{{balancing: {{policy: {policy}}}}}"));

    private async Task<int[]> CallAsync(string policy, int count)
    {
        await using var sidecar = await StartAsync(policy);
        return await CallAsync(sidecar, count);
    }

    /// <summary>How many of so many calls each server got.</summary>
    private async Task<int[]> CallAsync(Sidecar sidecar, int count)
    {
        var client = new Echo.EchoClient(sidecar.Channel("echo"));
        var before = _servers.Select(s => s.Counts.Calls).ToArray();
        for (var i = 0; i < count; i++)
        {
            await client.UnaryAsync(new Behaviour());
        }

        return [.. _servers.Select((s, i) => s.Counts.Calls - before[i])];
    }
}
