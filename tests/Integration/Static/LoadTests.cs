using Grpc.Core;
using Mesh.Integration.Processes;
using Mesh.Integration.V1;

namespace Mesh.Integration.Static;

[Collection(HeavyCollection.Name)]
public sealed class LoadTests
{
    [Fact]
    public async Task Five_hundred_calls_at_once_are_all_under_way_and_all_answered()
    {
        await using var server = await EchoServer.StartAsync();
        await using var sidecar = await Sidecar.StartStaticAsync(Yaml.Service("echo", server));
        var client = new Echo.EchoClient(sidecar.Channel("echo"));

        var streams = Enumerable.Range(0, 500).Select(_ => client.Bidi(cancellationToken: Bound.Token)).ToArray();
        await Task.WhenAll(streams.Select(stream => stream.RequestStream.WriteAsync(Calls.Request(new Behaviour(), 100))));
        Assert.All(await Task.WhenAll(streams.Select(stream => stream.ResponseStream.MoveNext(Bound.Token))), Assert.True);
        Assert.Equal(500, server.Counts.UnderWay);
        await Task.WhenAll(streams.Select(stream => stream.RequestStream.CompleteAsync()));
        Assert.All(await Task.WhenAll(streams.Select(stream => stream.ResponseStream.MoveNext(Bound.Token))), Assert.False);

        var replies = await Task.WhenAll(Enumerable.Range(0, 500).Select(i => client.UnaryAsync(new Behaviour(), i)));
        Assert.Equal(Enumerable.Range(0, 500), replies.Select(reply => reply.Payload.Length));
    }

    [Fact]
    public async Task A_server_that_takes_few_streams_gets_more_connections()
    {
        await using var server = await EchoServer.StartAsync(maxStreams: 10);
        await using var sidecar = await Sidecar.StartStaticAsync(Yaml.Service("echo", server));
        var client = new Echo.EchoClient(sidecar.Channel("echo"));
        using var end = new CancellationTokenSource();
        var calls = Enumerable.Range(0, 200)
            .Select(_ => client.UnaryAsync(Calls.Request(new Behaviour { Hang = true }), cancellationToken: end.Token).ResponseAsync).ToArray();
        await Bound.UntilAsync(() => server.Counts.UnderWay == 200, () => $"200 calls are under way, not {server.Counts.UnderWay}");
        Assert.InRange(server.Accepted, 20, 30);
        await end.CancelAsync();
        await Task.WhenAll(calls.Select(call => Assert.ThrowsAsync<RpcException>(() => call)));

        await Task.WhenAll(Enumerable.Range(0, 200).Select(_ => client.UnaryAsync(new Behaviour())));
    }

    [Fact]
    public async Task No_call_fails_when_an_instance_is_killed_in_mid_load()
    {
        var servers = await EchoServer.StartManyAsync(3);
        await using var victim = await Sidecar.StartStaticAsync("services: []", "--service", "echo", "--app", servers[0].Address);
        await using var sidecar = await Sidecar.StartStaticAsync(Yaml.Service(
            "echo", [victim.Inbound, servers[1].Address, servers[2].Address], "{balancing: {policy: ROUND_ROBIN}, retry: {codes: [UNAVAILABLE]}}"));
        var client = new Echo.EchoClient(sidecar.Channel("echo"));
        using var load = new Load(client, 50);
        await load.UntilAsync(500);
        Assert.True(servers[0].Counts.Calls > 0, "The instance that is to be killed got no call.");
        await victim.Process.KillAsync();
        await load.UntilAsync(load.Done + 1000);
        Assert.Empty(await load.EndAsync());
        await Task.WhenAll(servers.Select(server => server.DisposeAsync().AsTask()));
    }

    [Fact]
    public async Task Without_a_retry_policy_only_calls_that_were_with_the_killed_instance_fail()
    {
        var servers = await EchoServer.StartManyAsync(2);
        await using var sidecar = await Sidecar.StartStaticAsync(
            Yaml.Service("echo", servers.Select(s => s.Address), "{balancing: {policy: ROUND_ROBIN}}"));
        var client = new Echo.EchoClient(sidecar.Channel("echo"));
        using var load = new Load(client, 20);
        await load.UntilAsync(200);
        await servers[0].KillAsync();
        await load.UntilAsync(load.Done + 500);
        var failures = await load.EndAsync();
        Assert.InRange(failures.Count, 0, 20);
        Assert.All(failures, status => Assert.Equal(StatusCode.Unavailable, status.StatusCode));
        await Task.WhenAll(servers.Select(server => server.DisposeAsync().AsTask()));
    }

    [Fact]
    public async Task Big_and_small_calls_of_every_shape_share_a_connection()
    {
        await using var server = await EchoServer.StartAsync();
        await using var sidecar = await Sidecar.StartStaticAsync(Yaml.Service("echo", server));
        var client = new Echo.EchoClient(sidecar.Channel("echo"));
        await Task.WhenAll(Enumerable.Range(0, 60).Select(async i =>
        {
            var bytes = i % 3 == 0 ? 1_000_000 : 1000;
            switch (i % 4)
            {
                case 0:
                    var request = Calls.Request(new Behaviour(), bytes);
                    Assert.Equal(request.Payload, (await client.UnaryAsync(request, cancellationToken: Bound.Token)).Payload);
                    break;
                case 1:
                    using (var down = client.ServerStream(
                        Calls.Request(new Behaviour { Replies = 10, ReplyBytes = (uint)bytes }), cancellationToken: Bound.Token))
                    {
                        Assert.Equal(10 * bytes, (await down.ResponseStream.ToListAsync()).Sum(reply => reply.Payload.Length));
                    }

                    break;
                default:
                    using (var up = client.ClientStream(cancellationToken: Bound.Token))
                    {
                        for (var n = 0; n < 5; n++)
                        {
                            await up.RequestStream.WriteAsync(Calls.Request(new Behaviour(), bytes));
                        }

                        await up.RequestStream.CompleteAsync();
                        Assert.Equal(5ul * (ulong)bytes, (await up).Bytes);
                    }

                    break;
            }
        }));
    }

    /// <summary>Unary calls, one after the other from each of several callers, until it is ended.</summary>
    private sealed class Load : IDisposable
    {
        private readonly CancellationTokenSource _end = new();
        private readonly List<Status> _failures = [];
        private readonly Task _callers;
        private int _done;

        public Load(Echo.EchoClient client, int callers) =>
            _callers = Task.WhenAll(Enumerable.Range(0, callers).Select(_ => Task.Run(() => CallAsync(client))));

        public int Done => Volatile.Read(ref _done);

        public Task UntilAsync(int done) => Bound.UntilAsync(() => Done >= done, () => $"{done} calls are made; there are {Done}");

        public async Task<List<Status>> EndAsync()
        {
            await _end.CancelAsync();
            await _callers;
            return _failures;
        }

        public void Dispose() => _end.Dispose();

        private async Task CallAsync(Echo.EchoClient client)
        {
            while (!_end.IsCancellationRequested)
            {
                try
                {
                    await client.UnaryAsync(new Behaviour(), 200);
                }
                catch (RpcException failure)
                {
                    lock (_failures)
                    {
                        _failures.Add(failure.Status);
                    }
                }

                Interlocked.Increment(ref _done);
            }
        }
    }
}
