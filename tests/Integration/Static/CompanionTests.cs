using System.Net;
using System.Net.Sockets;
using Mesh.Integration.Processes;
using Mesh.Integration.V1;

namespace Mesh.Integration.Static;

/// <summary>What goes beside a call: a second attempt, and copies for nobody.</summary>
public sealed class CompanionTests
{
    [Fact]
    public async Task A_call_that_an_endpoint_is_silent_on_is_answered_by_another()
    {
        using var silent = new TcpListener(IPAddress.Loopback, 0);
        silent.Start();
        await using var server = await EchoServer.StartAsync();
        await using var sidecar = await Sidecar.StartStaticAsync($$"""
            services:
            - name: echo
              endpoints: [{address: "{{silent.LocalEndpoint}}"}, {address: "{{server.Address}}"}]
              config:
                balancing: {policy: ROUND_ROBIN}
                timeouts: {connect: 60s}
                breaker: {disabled: true}
                hedging: {delay: 20ms, methods: [/integration.v1.Echo/Unary]}
            """);
        var client = new Echo.EchoClient(sidecar.Channel("echo"));
        for (var i = 0; i < 10; i++)
        {
            Assert.Equal("echo-1", (await client.UnaryAsync(new Behaviour())).Instance);
        }

        Assert.Equal(10, server.Counts.Calls);
        using var admin = new HttpClient { BaseAddress = new Uri($"http://{sidecar.Admin}") };
        var hedges = (await admin.GetStringAsync("/metrics", Bound.Token)).Split('\n')
            .Single(line => line.StartsWith("mesh_hedges_total", StringComparison.Ordinal) && line.Contains("outbound", StringComparison.Ordinal) && line.Contains("\"echo\"", StringComparison.Ordinal));
        Assert.InRange(int.Parse(hedges[(hedges.LastIndexOf(' ') + 1)..], null), 1, 10);
    }

    [Fact]
    public async Task Copies_of_calls_go_to_other_instances_and_their_failures_are_not_the_calls()
    {
        await using var stable = await EchoServer.StartAsync();
        var copies = 0;
        await using var counting = await EchoServer.StartRawAsync(context =>
        {
            Interlocked.Increment(ref copies);
            context.Response.StatusCode = 500;
            return Task.CompletedTask;
        });
        await using var sidecar = await Sidecar.StartStaticAsync($$$"""
            services:
            - name: echo
              endpoints: [{address: "{{{stable.Address}}}", version: v1}, {address: "{{{counting.Address}}}", version: v2}]
              config:
                routes:
                - subset: {version: v1}
                  mirror: {subset: {version: v2}}
            """);
        var client = new Echo.EchoClient(sidecar.Channel("echo"));
        for (var i = 0; i < 20; i++)
        {
            Assert.Equal("echo-1", (await client.UnaryAsync(new Behaviour())).Instance);
        }

        Assert.Equal(20, stable.Counts.Calls);
        await Bound.UntilAsync(() => Volatile.Read(ref copies) >= 1, () => "a copy came");
        Assert.InRange(copies, 1, 20); // its breaker may have opened by then
    }
}
