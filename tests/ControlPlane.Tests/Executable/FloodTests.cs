using System.Globalization;
using Grpc.Core;
using Grpc.Net.Client;
using Mesh.ControlPlane.Tests.Api;
using Mesh.V1;
using Xunit.Abstractions;

namespace Mesh.ControlPlane.Tests.Executable;

/// <summary>
/// What the real executable holds in memory while somebody asks too much of it, and afterwards. The figures are printed;
/// docs/conformance.md shows them.
/// </summary>
public sealed class FloodTests(ITestOutputHelper output) : IAsyncLifetime
{
    private readonly List<IDisposable> _open = [];
    private ControlPlaneProcess _process = null!;
    private string _address = "";
    private string _pages = "";
    private V1.Registry.RegistryClient _registry = null!;

    public async Task InitializeAsync()
    {
        (_process, var listeners) = await ControlPlaneProcess.StartReadyAsync("--lease-ttl 60s");
        _address = $"http://{listeners["grpc"]}";
        _pages = $"http://{listeners["http"]}";
        _registry = Connect();
        await _registry.ListServicesAsync(new(), cancellationToken: Bound.Token());
    }

    public Task DisposeAsync()
    {
        _open.ForEach(open => open.Dispose());
        _process.Dispose();
        return Task.CompletedTask;
    }

    [Fact]
    public async Task A_thousand_watches_that_nobody_reads_hold_little_and_what_they_held_is_given_back()
    {
        for (var i = 0; i < 300; i++)
        {
            var registration = Make.Registration("large", $"i{i}");
            for (var label = 0; label < 64; label++)
                registration.Instance.Metadata.Add($"label-{label}", new string('é', 250));
            await RegisterAsync(registration);
        }
        var before = _process.Memory;
        var watches = new List<AsyncServerStreamingCall<WatchResponse>>();
        for (var connection = 0; connection < 10; connection++)
        {
            var registry = Connect();
            for (var i = 0; i < 110; i++)
            {
                watches.Add(registry.Watch(new()));
                await watches[^1].ResponseHeadersAsync.WaitAsync(Bound.Time);
            }
        }
        Assert.Equal(1000, await MetricAsync("mesh_registry_watchers"));
        Assert.Equal(300u, (await _registry.GetServiceAsync(new() { Name = "large" }, cancellationToken: Bound.Token())).Service.InstanceCount);
        var during = _process.Memory;

        watches.ForEach(watch => watch.Dispose());
        var after = await _process.SettledAsync(before + 60);
        Tell("1,000 watches, none of them read", before, during, after);
        Assert.InRange(during - before, 0, 300);
        Assert.InRange(after, 0, before + 60);
    }

    [Fact]
    public async Task Names_that_come_and_go_with_all_they_serve_leave_nothing_of_it()
    {
        var before = _process.Memory;
        for (var i = 0; i < 600; i++)
        {
            var registration = Make.Registration($"service-{i}");
            for (var method = 0; method < 1000; method++)
                registration.Methods.Add(new ServedMethod { Protocol = "grpc", Path = $"/s.S/{method}{new string('m', 100)}" });
            var call = await RegisterAsync(registration);
            await _registry.DeregisterAsync(new() { Service = $"service-{i}", InstanceId = "orders-1" }, cancellationToken: Bound.Token());
            call.Dispose();
        }
        var during = _process.Memory;
        var after = await _process.SettledAsync(before + 30);
        Tell("600 names registered and deregistered with 1,000 methods each", before, during, after);
        Assert.InRange(during - before, 0, 250);
    }

    [Fact]
    public async Task An_instance_that_never_rests_costs_little_and_tells_the_log_little()
    {
        using var call = _registry.Register();
        await call.RequestStream.WriteAsync(Make.Register());
        var reading = Task.Run(async () =>
        {
            while (await call.ResponseStream.MoveNext())
            {
            }
        });
        var start = (await RevisionAsync());
        var before = _process.Memory;
        const int changes = 50_000;
        for (var i = 0; i < changes; i++)
            await call.RequestStream.WriteAsync(new RegisterRequest { Heartbeat = Make.Heartbeat(i % 2 == 0 ? ServiceStatus.Healthy : ServiceStatus.Unhealthy, $"{i}") });
        await call.RequestStream.CompleteAsync();
        await reading;
        var limit = Bound.Token();
        Instance instance;
        do
            instance = (await _registry.ListInstancesAsync(new() { Service = "orders" }, cancellationToken: limit)).Instances[0];
        while (instance.StatusReason != $"{changes - 1}");
        var stored = await RevisionAsync() - start;
        Tell($"{changes} changes of one instance's status, of which {stored} were stored", before, _process.Memory, _process.Memory);
        Assert.InRange(stored, 1, changes / 20);
    }

    [Fact]
    public async Task Policies_that_come_and_go_under_new_names_leave_what_is_remembered_of_them()
    {
        var config = new V1.Config.ConfigClient(Channel());
        var before = _process.Memory;
        const int names = 30_000;
        const int atOnce = 1000;
        for (var i = 0; i < names; i += atOnce)
        {
            var request = new ApplyRequest();
            request.Resources.Add(Enumerable.Range(i, atOnce).Select(name => Make.Config($"service-{name}", 4)));
            await config.ApplyAsync(request, cancellationToken: Bound.Token());
            foreach (var resource in request.Resources)
                await config.DeleteAsync(new() { Service = resource.Service }, cancellationToken: Bound.Token());
        }
        var during = _process.Memory;
        var after = await _process.SettledAsync(before + 60);
        Tell($"{names} policies applied and deleted under new names", before, during, after);
        Assert.InRange(during - before, 0, 250);
    }

    [Fact]
    public async Task Messages_that_are_none_leave_nothing_and_tell_the_log_little()
    {
        var before = _process.Memory;
        using var client = new HttpClient { BaseAddress = new Uri(_address) };
        var junk = RawCall.Frame([.. Enumerable.Repeat((byte)0xff, 1000)]);
        var sent = 0;
        const int calls = 20_000;
        await Task.WhenAll(Enumerable.Range(0, 50).Select(async _ =>
        {
            while (Interlocked.Increment(ref sent) <= calls)
                Assert.Equal("13", (await RawCall.SendAsync(client, "/mesh.v1.Config/Apply", junk)).Status);
        }));
        var during = _process.Memory;
        var after = await _process.SettledAsync(before + 60);
        Tell($"{calls} messages that are none", before, during, after);
        Assert.InRange(during - before, 0, 200);
        await _process.SignalAsync("TERM");
        Assert.InRange((await _process.EndAsync()).Errors.Length, 1, 5000);
    }

    private V1.Registry.RegistryClient Connect() => new(Channel());

    private GrpcChannel Channel()
    {
        var channel = GrpcChannel.ForAddress(_address);
        _open.Add(channel);
        return channel;
    }

    private async Task<RegistrationCall> RegisterAsync(Registration registration)
    {
        var call = new RegistrationCall(_registry.Register());
        _open.Add(call);
        await call.SendAsync(new RegisterRequest { Registration = registration });
        return call;
    }

    private async Task<long> RevisionAsync() => (await _registry.ListServicesAsync(new(), cancellationToken: Bound.Token())).Revision;

    private async Task<long> MetricAsync(string name)
    {
        using var http = new HttpClient();
        var page = await http.GetStringAsync(new Uri($"{_pages}/metrics"), Bound.Token());
        return long.Parse(page.Split('\n').First(line => line.StartsWith(name + " ", StringComparison.Ordinal))[(name.Length + 1)..], CultureInfo.InvariantCulture);
    }

    private void Tell(string what, long before, long during, long after) =>
        output.WriteLine($"{what}: {before} MB before, {during} during, {after} after");
}
