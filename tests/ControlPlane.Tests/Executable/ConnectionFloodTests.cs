using System.Collections.Concurrent;
using System.Net;
using Grpc.Core;
using Grpc.Net.Client;
using Mesh.ControlPlane.Tests.Api;
using Mesh.V1;
using Xunit.Abstractions;

namespace Mesh.ControlPlane.Tests.Executable;

/// <summary>
/// What the many streams of a single connection can have the real executable hold. The figures are printed; docs/conformance.md
/// shows them.
/// </summary>
public sealed class ConnectionFloodTests(ITestOutputHelper output) : IAsyncLifetime
{
    private const int MostBytes = 4 * 1024 * 1024;

    private readonly List<IDisposable> _open = [];
    private readonly CancellationTokenSource _end = new();
    private ControlPlaneProcess _process = null!;
    private string _address = "";
    private V1.Registry.RegistryClient _registry = null!;

    public async Task InitializeAsync()
    {
        (_process, var listeners) = await ControlPlaneProcess.StartReadyAsync("--lease-ttl 60s");
        _address = $"http://{listeners["grpc"]}";
        _registry = new V1.Registry.RegistryClient(Connect());
        await _registry.ListServicesAsync(new(), cancellationToken: Bound.Token());
    }

    public Task DisposeAsync()
    {
        _end.Cancel();
        _open.ForEach(open => open.Dispose());
        _process.Dispose();
        _end.Dispose();
        return Task.CompletedTask;
    }

    [Fact]
    public async Task Messages_that_never_come_whole_hold_what_one_connection_may_and_no_more()
    {
        var before = _process.Memory;
        using var client = new HttpClient { BaseAddress = new Uri(_address) };
        // A message of which the last five bytes never come.
        var unfinished = RawCall.Frame(new byte[MostBytes])[..MostBytes];
        var refused = new ConcurrentBag<string>();
        var calls = Enumerable.Range(0, 90).Select(async _ =>
        {
            var (status, message) = await RawCall.SendAsync(client, "/mesh.v1.Config/Apply", new UnfinishedContent(unfinished), gzip: false, _end.Token);
            refused.Add($"{status} {message}");
        }).ToList();
        // Four are held.
        while (refused.Count < calls.Count - 4)
        {
            await Task.WhenAny(calls.Where(call => !call.IsCompleted)).WaitAsync(Bound.Time);
        }

        var during = _process.Memory;
        // Who comes on another connection is not concerned.
        var config = new V1.Config.ConfigClient(Connect());
        await config.ApplyAsync(new() { Resources = { Make.Config("orders", 4) } }, cancellationToken: Bound.Token());

        await _end.CancelAsync();
        var after = await _process.SettledAsync(before + 80);
        Tell("90 messages of 4 MiB on one connection that lack a few bytes", before, during, after);
        Assert.All(refused, end => Assert.StartsWith("8 messages that have not come whole hold as much as they may, 16777216 bytes", end, StringComparison.Ordinal));
        Assert.InRange(during - before, 0, 120);
    }

    [Fact]
    public async Task Lists_that_nobody_reads_hold_what_one_connection_may_and_no_more()
    {
        for (var i = 0; i < 100; i++)
        {
            var registration = Make.Registration("large", $"i{i}");
            for (var label = 0; label < 64; label++)
            {
                registration.Instance.Metadata.Add($"label-{label}", new string('é', 250));
            }

            var holder = new RegistrationCall(_registry.Register());
            _open.Add(holder);
            await holder.SendAsync(new RegisterRequest { Registration = registration });
        }

        var before = _process.Memory;
        using var client = new HttpClient { BaseAddress = new Uri(_address) };
        var begun = new ConcurrentBag<HttpResponseMessage>();
        var calls = Enumerable.Range(0, 500).Select(async _ => begun.Add(await ListAsync(client, _end.Token))).ToList();
        while (begun.Count < 8)
        {
            await Task.WhenAny(calls.Where(call => !call.IsCompleted)).WaitAsync(Bound.Time);
        }

        // What is small is answered all the same, after what was asked before it.
        Assert.Equal("5", (await RawCall.SendAsync(client, "/mesh.v1.Registry/Deregister", RawCall.Frame([]))).Status);
        var during = _process.Memory;
        Assert.NotEmpty((await _registry.ListInstancesAsync(new(), cancellationToken: Bound.Token())).Instances);

        await _end.CancelAsync();
        var after = await _process.SettledAsync(before + 40);
        Tell("500 lists of 1 MiB on one connection that are not read", before, during, after);
        Assert.InRange(during - before, 0, 100);
        foreach (var response in begun)
        {
            response.Dispose();
        }
    }

    [Fact]
    public async Task Sidecars_that_ask_for_all_there_may_be_hold_what_one_connection_may_and_no_more()
    {
        var before = _process.Memory;
        using var channel = Connect();
        var discovery = new Discovery.DiscoveryClient(channel);
        var subscribe = new Subscribe { Services = { Enumerable.Range(0, 10_000).Select(i => $"some-service-{i}") } };
        var refused = 0;
        for (var i = 0; i < 100; i++)
        {
            var call = discovery.Connect();
            await call.RequestStream.WriteAsync(new() { Hello = new() });
            Assert.True(await call.ResponseStream.MoveNext(Bound.Token()));
            await call.RequestStream.WriteAsync(new() { Subscribe = subscribe });
            try
            {
                Assert.True(await call.ResponseStream.MoveNext(Bound.Token()));
            }
            catch (RpcException full) when (full.StatusCode == StatusCode.ResourceExhausted)
            {
                refused++;
            }
        }

        var during = _process.Memory;

        channel.Dispose();
        var after = await _process.SettledAsync(before + 60);
        Tell("100 sidecars on one connection that ask for 10,000 services each", before, during, after);
        Assert.Equal(98, refused);
        Assert.InRange(during - before, 0, 150);
    }

    // Its head has come, its body is not read.
    private static Task<HttpResponseMessage> ListAsync(HttpClient client, CancellationToken cancellation)
    {
        var request = new HttpRequestMessage(HttpMethod.Post, "/mesh.v1.Registry/ListInstances")
        {
            Version = HttpVersion.Version20,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
            Content = new ByteArrayContent(RawCall.Frame([])) { Headers = { { "Content-Type", "application/grpc" } } },
        };
        return client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellation);
    }

    private GrpcChannel Connect()
    {
        var channel = GrpcChannel.ForAddress(_address);
        _open.Add(channel);
        return channel;
    }

    private void Tell(string what, long before, long during, long after) =>
        output.WriteLine($"{what}: {before} MB before, {during} during, {after} after");
}
