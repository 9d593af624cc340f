using Grpc.Core;
using Mesh.Integration.Processes;
using Mesh.Integration.V1;

namespace Mesh.Integration.Static;

public sealed class BreakerTests
{
    /// <summary>By which a server says that it is bad.</summary>
    private static readonly Behaviour Failing = new() { Status = (int)StatusCode.Unavailable };

    [Theory]
    [InlineData(StatusCode.Unknown)]
    [InlineData(StatusCode.Internal)]
    [InlineData(StatusCode.Unavailable)]
    public async Task A_service_of_one_is_never_taken_down(StatusCode code)
    {
        await using var server = await EchoServer.StartAsync();
        await using var sidecar = await Sidecar.StartStaticAsync(Yaml.Service("echo", server));
        var client = new Echo.EchoClient(sidecar.Channel("echo"));
        for (var i = 0; i < 20; i++)
        {
            Assert.Equal(code, (await client.FailureAsync(new Behaviour { Status = (int)code })).StatusCode);
        }

        await client.UnaryAsync(new Behaviour());
        Assert.Equal(21, server.Counts.Calls);
    }

    [Theory]
    [InlineData(1)] // µs
    [InlineData(5_000)]
    public async Task Callers_with_short_deadlines_open_nothing_for_the_others(int micros)
    {
        await using var server = await EchoServer.StartAsync();
        await using var sidecar = await Sidecar.StartStaticAsync(Yaml.Service("echo", server, "{breaker: {max_ejection_percent: 100}}"));
        var client = new Echo.EchoClient(sidecar.Channel("echo"));
        var slow = new Behaviour { DelayMs = 20 };
        await client.UnaryAsync(slow);
        for (var i = 0; i < 20; i++)
        {
            Assert.Equal(StatusCode.DeadlineExceeded, (await Calls.FailureAsync(
                () => client.UnaryAsync(Calls.Request(slow), deadline: TimeProvider.System.GetUtcNow().UtcDateTime.AddMicroseconds(micros)).ResponseAsync)).StatusCode);
        }

        await client.UnaryAsync(slow);
    }

    [Fact]
    public async Task Codes_that_are_named_open_it_too()
    {
        await using var server = await EchoServer.StartAsync();
        await using var sidecar = await Sidecar.StartStaticAsync(
            Yaml.Service("echo", server, "{breaker: {codes: [INTERNAL], max_ejection_percent: 100}}"));
        var client = new Echo.EchoClient(sidecar.Channel("echo"));
        for (var i = 0; i < 5; i++)
        {
            await client.FailureAsync(new Behaviour { Status = (int)StatusCode.Internal });
        }

        Assert.Contains("1 with an open circuit", (await client.FailureAsync(new Behaviour())).Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Five_failures_in_a_row_open_the_circuit_and_the_endpoint_is_left_alone()
    {
        await using var server = await EchoServer.StartAsync();
        await using var sidecar = await Sidecar.StartStaticAsync(Yaml.Service("echo", server, "{breaker: {max_ejection_percent: 100}}"));
        var client = new Echo.EchoClient(sidecar.Channel("echo"));
        for (var i = 0; i < 4; i++)
        {
            Assert.Equal(StatusCode.Unavailable, (await client.FailureAsync(Failing)).StatusCode);
        }

        await client.UnaryAsync(new Behaviour()); // the row is broken
        for (var i = 0; i < 5; i++)
        {
            Assert.Equal(StatusCode.Unavailable, (await client.FailureAsync(Failing)).StatusCode);
        }

        for (var i = 0; i < 5; i++)
        {
            Assert.Equal(
                new Status(StatusCode.Unavailable, "service 'echo': none of its 1 endpoints can be used (1 with an open circuit)"),
                await client.FailureAsync(new Behaviour()));
        }

        Assert.Equal(10, server.Counts.Calls);
    }

    [Fact]
    public async Task After_the_open_time_a_probe_decides()
    {
        await using var server = await EchoServer.StartAsync();
        await using var sidecar = await Sidecar.StartStaticAsync(
            Yaml.Service("echo", server, "{breaker: {consecutive_failures: 2, open: 400ms, max_ejection_percent: 100}}"));
        var client = new Echo.EchoClient(sidecar.Channel("echo"));
        await client.FailureAsync(Failing);
        await client.FailureAsync(Failing);

        // A failed probe opens it again: one more call gets through, and no further one.
        await UntilServerAnswers(() => client.FailureAsync(Failing), server, 3);
        Assert.Contains("open circuit", (await client.FailureAsync(Failing)).Detail, StringComparison.Ordinal);
        Assert.Equal(3, server.Counts.Calls);

        // One that succeeds closes it.
        await Bound.UntilAsync(
            async () =>
            {
                try
                {
                    await client.UnaryAsync(new Behaviour());
                    return true;
                }
                catch (RpcException)
                {
                    return false;
                }
            },
            () => "a probe gets through");
        for (var i = 0; i < 10; i++)
        {
            await client.UnaryAsync(new Behaviour());
        }

        Assert.Equal(14, server.Counts.Calls);
    }

    [Fact]
    public async Task An_endpoint_that_failed_stays_alone_while_the_others_serve()
    {
        var servers = await EchoServer.StartManyAsync(2);
        var port = servers[1].Port;
        await servers[1].DisposeAsync();
        await using var good = servers[0];
        await using var sidecar = await Sidecar.StartStaticAsync(
            Yaml.Service("echo", servers.Select(s => s.Address), "{balancing: {policy: ROUND_ROBIN}}"));
        var client = new Echo.EchoClient(sidecar.Channel("echo"));
        for (var i = 0; i < 20; i++)
        {
            Assert.Equal("echo-1", (await client.UnaryAsync(new Behaviour())).Instance);
        }

        await using var back = await EchoServer.StartAsync("echo-2", port);
        for (var i = 0; i < 20; i++)
        {
            Assert.Equal("echo-1", (await client.UnaryAsync(new Behaviour())).Instance);
        }

        Assert.Equal(0, back.Counts.Calls);
    }

    [Fact]
    public async Task What_is_the_callers_fault_opens_nothing()
    {
        await using var server = await EchoServer.StartAsync();
        await using var sidecar = await Sidecar.StartStaticAsync(Yaml.Service("echo", server));
        var client = new Echo.EchoClient(sidecar.Channel("echo"));
        for (var i = 0; i < 20; i++)
        {
            Assert.Equal(StatusCode.NotFound, (await client.FailureAsync(new Behaviour { Status = (int)StatusCode.NotFound })).StatusCode);
        }

        await client.UnaryAsync(new Behaviour());
    }

    private static Task UntilServerAnswers(Func<Task> call, EchoServer server, int calls) => Bound.UntilAsync(
        async () =>
        {
            await call();
            return server.Counts.Calls == calls;
        },
        () => $"the server gets call {calls}");
}
