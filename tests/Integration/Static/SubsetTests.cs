using Grpc.Core;
using Mesh.Integration.Processes;
using Mesh.Integration.V1;

namespace Mesh.Integration.Static;

/// <summary>Routes that lead to some of a service's instances.</summary>
public sealed class SubsetTests : IAsyncLifetime
{
    private EchoServer[] _servers = [];

    public async Task InitializeAsync() => _servers = await EchoServer.StartManyAsync(4);

    public async Task DisposeAsync()
    {
        foreach (var server in _servers)
        {
            await server.DisposeAsync();
        }
    }

    [Fact]
    public async Task Calls_of_a_route_reach_the_instances_of_one_version()
    {
        await using var sidecar = await StartAsync("""
            - {name: new, match: {headers: [{name: x-new}]}, subset: {version: v2}}
            - {name: gold, match: {headers: [{name: x-gold}]}, subset: {version: v1, metadata: {tier: gold}}}
            """);
        Assert.Equal(["echo-3", "echo-4"], await ReachedAsync(sidecar, "x-new"));
        Assert.Equal(["echo-2"], await ReachedAsync(sidecar, "x-gold"));
        Assert.Equal(["echo-1", "echo-2", "echo-3", "echo-4"], await ReachedAsync(sidecar, "x-other"));

        using var admin = new HttpClient { BaseAddress = new Uri($"http://{sidecar.Admin}") };
        var page = await admin.GetStringAsync("/clusters?format=text", Bound.Token);
        Assert.Contains($"those with version 'v2': {_servers[2].Address} {_servers[3].Address}\n", page, StringComparison.Ordinal);
        Assert.Contains("route new: * to echo with version 'v2'\n", await admin.GetStringAsync("/config?format=text", Bound.Token), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_subset_without_an_instance_is_named_in_both_protocols()
    {
        await using var sidecar = await StartAsync("- {name: new, subset: {version: v3, metadata: {tier: gold}}}");
        const string message = "service 'echo', route 'new' to 'echo' with version 'v3' and tier 'gold': none of its 4 endpoints is one of these";
        var failure = await Calls.FailureAsync(async () =>
            await new Echo.EchoClient(sidecar.Channel("echo")).UnaryAsync(new EchoRequest(), cancellationToken: Bound.Token));
        Assert.Equal((StatusCode.Unavailable, message), (failure.StatusCode, failure.Detail));

        using var http = new HttpClient();
        using var request = new HttpRequestMessage(HttpMethod.Get, $"http://{sidecar.Outbound}/");
        request.Headers.Host = "echo";
        using var response = await http.SendAsync(request, Bound.Token);
        Assert.Equal(503, (int)response.StatusCode);
        Assert.Equal(message + "\n", await response.Content.ReadAsStringAsync(Bound.Token));
        Assert.Equal(0, _servers.Sum(server => server.Counts.Calls));
    }

    [Fact]
    public async Task Others_step_in_for_a_subset_that_has_none_and_for_one_that_has_gone()
    {
        await using var sidecar = await StartAsync("""
            - {name: none, match: {headers: [{name: x-none}]}, subset: {version: v3}, fallbacks: [{version: v4}, {metadata: {tier: gold}}, {}]}
            - {name: gone, match: {headers: [{name: x-gone}]}, subset: {metadata: {tier: gold}}, fallbacks: [{version: v2}]}
            """);
        Assert.Equal(["echo-2"], await ReachedAsync(sidecar, "x-none"));
        Assert.Equal(["echo-2"], await ReachedAsync(sidecar, "x-gone"));

        await _servers[1].DisposeAsync();
        // The breaker of the lone instance opens, or its share of ejections keeps it in: whoever calls then finds the others.
        var client = new Echo.EchoClient(sidecar.Channel("echo"));
        await Bound.UntilAsync(async () => await CallAsync(client, "x-gone") is "echo-3" or "echo-4", () => "a call to version v2");
        Assert.Equal(["echo-3", "echo-4"], await ReachedAsync(sidecar, "x-gone"));
    }

    [Fact]
    public async Task Calls_are_spread_over_places_by_weight()
    {
        await using var sidecar = await StartAsync(
            "- {name: split, backends: [{subset: {version: v1}, weight: 3}, {service: other}, {subset: {version: v2}, weight: 0}]}");
        Assert.Equal(["echo-1", "echo-2", "echo-4"], await ReachedAsync(sidecar, "x-any"));
    }

    /// <summary>Two of version v1, of which one is of tier gold, and two of v2; the last is also a service of its own.</summary>
    private Task<Sidecar> StartAsync(string routes) => Sidecar.StartStaticAsync($$$"""
        services:
        - name: echo
          endpoints:
          - {address: "{{{_servers[0].Address}}}", version: v1}
          - {address: "{{{_servers[1].Address}}}", version: v1, metadata: {tier: gold}}
          - {address: "{{{_servers[2].Address}}}", version: v2}
          - {address: "{{{_servers[3].Address}}}", version: v2}
          config:
            balancing: {policy: ROUND_ROBIN}
            routes:
            {{{routes.ReplaceLineEndings("\n    ")}}}
        - name: other
          endpoints: [{address: "{{{_servers[3].Address}}}"}]
        """);

    private static async Task<string?> CallAsync(Echo.EchoClient client, string header)
    {
        try
        {
            return (await client.UnaryAsync(new EchoRequest(), new Metadata { { header, "yes" } }, cancellationToken: Bound.Token)).Instance;
        }
        catch (RpcException)
        {
            return null;
        }
    }

    /// <summary>Who answers a good many calls with a header.</summary>
    private static async Task<string[]> ReachedAsync(Sidecar sidecar, string header)
    {
        var client = new Echo.EchoClient(sidecar.Channel("echo"));
        var reached = new SortedSet<string>(StringComparer.Ordinal);
        for (var i = 0; i < 100; i++)
        {
            reached.Add((await client.UnaryAsync(new EchoRequest(), new Metadata { { header, "yes" } }, cancellationToken: Bound.Token)).Instance);
        }

        return [.. reached];
    }
}
