using System.Text;
using Google.Protobuf.WellKnownTypes;
using Mesh.Sidecar.Discovery;
using Mesh.Sidecar.Snapshot;
using Mesh.Sidecar.Telemetry;
using Mesh.V1;
using Microsoft.Extensions.Time.Testing;

namespace Mesh.Sidecar.Tests.Discovery;

public sealed class ControlPlaneClientTests : IAsyncLifetime
{
    private readonly CancellationTokenSource _stop = new();
    private readonly FakeTimeProvider _time = new();
    private readonly StringWriter _told = new();
    private readonly ServiceDirectory _directory;
    private ScriptedControlPlane _plane = null!;
    private ControlPlaneChannels? _channels;
    private ControlPlaneClient _client = null!;
    private Task _running = Task.CompletedTask;

    public ControlPlaneClientTests() => _directory = new ServiceDirectory([], isWhole: false, _time);

    public async Task InitializeAsync() => _plane = await ScriptedControlPlane.StartAsync();

    public async Task DisposeAsync()
    {
        await _stop.CancelAsync();
        await _plane.DisposeAsync();
        await _running.WaitAsync(Wait.Limit);
        _channels?.Dispose();
    }

    [Fact]
    public async Task It_says_who_it_is_and_then_what_it_calls()
    {
        Start([_plane.Url], "users", "payments", "users");
        var stream = await _plane.StreamAsync();
        Assert.Equal("orders", (await stream.NextAsync()).Hello.Service);
        Assert.Equal(["users", "payments"], (await stream.SubscriptionAsync()).Services);
    }

    [Fact]
    public async Task What_it_is_told_takes_force_and_is_acknowledged()
    {
        Start([_plane.Url], "users");
        var stream = await (await _plane.StreamAsync()).GreetedAsync();
        await stream.SendAsync("users", 7, ("users-1", "127.0.0.1:5001"));
        await stream.SendAsync("users", 3, new ServiceConfig { Limits = new Limits { MaxConcurrentRequests = 5 } });
        Assert.Empty(await stream.ErrorAsync());
        await _client.Answered.WaitAsync(Wait.Limit);
        var cluster = Cluster("users")!;
        Assert.Equal("127.0.0.1:5001", Assert.Single(cluster.Endpoints).Address);
        Assert.Equal(5, cluster.Policy.Limits.MaxConcurrentRequests);
        Assert.Equal((7, 3), (cluster.EndpointsVersion, cluster.PolicyVersion));
    }

    [Fact]
    public async Task A_service_the_control_plane_does_not_know_is_known_not_to_exist_until_it_does()
    {
        Start([_plane.Url], "users");
        var stream = await (await _plane.StreamAsync()).GreetedAsync();
        await stream.SendAsync("users", 0);
        await stream.SendAsync("users", 0, new ServiceConfig());
        await Wait.UntilAsync(() => Cluster("users") is { IsKnown: false });
        _time.Advance(TimeSpan.FromSeconds(1));
        await stream.SendAsync("users", 1, ("users-1", "127.0.0.1:5001"));
        await Wait.UntilAsync(() => Cluster("users") is { IsKnown: true, Endpoints.Length: 1 });
    }

    [Fact]
    public async Task A_policy_that_cannot_be_is_rejected_with_its_place_and_the_last_good_one_stays()
    {
        Start([_plane.Url], "users");
        var stream = await (await _plane.StreamAsync()).GreetedAsync();
        await stream.SendAsync("users", 1, ("users-1", "127.0.0.1:5001"));
        await stream.SendAsync("users", 1, new ServiceConfig { Retry = new Retry { MaxAttempts = 5 } });
        await stream.AckAsync();
        _time.Advance(TimeSpan.FromSeconds(1));

        await stream.SendAsync("users", 2, new ServiceConfig { Retry = new Retry { MaxAttempts = 11 } });
        Assert.Equal("users: config.retry.max_attempts: 11 is not within 1 to 10", await stream.ErrorAsync());
        Assert.Equal(5, Cluster("users")!.Policy.Retry.MaxAttempts);
        var rejection = Assert.Single(_client.Rejected);
        Assert.Equal(("users", "policy", 2), (rejection.Service, rejection.Kind, rejection.Version));
        Assert.Contains("rejected the policy of users, version 2", _told.ToString(), StringComparison.Ordinal);

        await stream.SendAsync("users", 3, new ServiceConfig { Retry = new Retry { MaxAttempts = 6 } });
        await Wait.UntilAsync(() => Cluster("users")!.Policy.Retry.MaxAttempts == 6);
        Assert.Empty(_client.Rejected);
    }

    [Fact]
    public async Task A_first_policy_that_cannot_be_does_not_keep_the_service_from_being_called()
    {
        Start([_plane.Url], "users");
        var stream = await (await _plane.StreamAsync()).GreetedAsync();
        await stream.SendAsync("users", 1, ("users-1", "127.0.0.1:5001"));
        await stream.SendAsync("users", 1, new ServiceConfig { Retry = new Retry { MaxAttempts = 11 } });
        Assert.NotEmpty(await stream.ErrorAsync());
        Assert.Single(Cluster("users")!.Endpoints);
    }

    [Fact]
    public async Task Endpoints_without_a_proper_address_are_rejected_and_the_last_good_ones_stay()
    {
        Start([_plane.Url], "users");
        var stream = await (await _plane.StreamAsync()).GreetedAsync();
        await stream.SendAsync("users", 1, new ServiceConfig());
        await stream.SendAsync("users", 1, ("users-1", "127.0.0.1:5001"));
        await stream.AckAsync();
        await stream.SendAsync("users", 2, ("users-1", "127.0.0.1:5001"), ("users-2", "nowhere"));
        Assert.StartsWith("endpoints[1].address: 'nowhere' has no port", await stream.ErrorAsync(), StringComparison.Ordinal);
        Assert.Single(Cluster("users")!.Endpoints);
    }

    [Fact]
    public async Task A_service_that_is_called_for_the_first_time_is_asked_for_once()
    {
        Start([_plane.Url], "users");
        var stream = await (await _plane.StreamAsync()).GreetedAsync();
        Assert.True(_directory.Want("payments"u8));
        Assert.True(_directory.Want("payments"u8));
        Assert.True(_directory.Want("users"u8));
        Assert.True(_directory.Want("mail"u8));
        Assert.Equal(["payments"], (await stream.SubscriptionAsync()).Services);
        Assert.Equal(["mail"], (await stream.SubscriptionAsync()).Services);
    }

    [Fact]
    public async Task When_the_stream_is_lost_what_is_known_stays_and_all_is_asked_for_again()
    {
        Start([_plane.Url], "users");
        var stream = await (await _plane.StreamAsync()).GreetedAsync();
        await stream.SendAsync("users", 1, ("users-1", "127.0.0.1:5001"));
        await stream.SendAsync("users", 0, new ServiceConfig());
        await stream.AckAsync();
        _directory.Want("mail"u8);
        await stream.SubscriptionAsync();

        stream.End();
        await Wait.UntilAsync(() => !_client.State.IsConnected);
        Assert.Single(Cluster("users")!.Endpoints);
        Assert.NotNull(_client.State.LastError);

        var again = await NextStreamAsync();
        await again.NextAsync();
        Assert.Equal(["users", "mail"], (await again.SubscriptionAsync()).Services);
    }

    [Fact]
    public async Task A_control_plane_that_was_restarted_and_knows_nobody_yet_takes_no_endpoint_away_at_once()
    {
        Start([_plane.Url], "users");
        var stream = await (await _plane.StreamAsync()).GreetedAsync();
        await stream.SendAsync("users", 1, ("users-1", "127.0.0.1:5001"), ("users-2", "127.0.0.1:5002"));
        await stream.SendAsync("users", 0, new ServiceConfig());
        await stream.AckAsync();
        _plane.Store = "another";
        stream.End();

        var again = await (await NextStreamAsync()).GreetedAsync();
        await again.SendAsync("users", 0);
        await again.SendAsync("users", 0, new ServiceConfig());
        // It may keep the answer until a publication is due; what time passes is far from what the endpoints are kept for.
        var acknowledged = again.AckAsync();
        await Wait.UntilAsync(() =>
        {
            _time.Advance(TimeSpan.FromMilliseconds(1));
            return acknowledged.IsCompleted;
        });
        await acknowledged;
        Assert.True(Cluster("users")!.IsKnown);
        Assert.Equal(2, Cluster("users")!.Endpoints.Length);

        await again.SendAsync("users", 2, ("users-2", "127.0.0.1:5002"));
        await AdvanceUntilAsync(() => Cluster("users")!.Endpoints.Length == 1);
        Assert.Equal("users-2", Cluster("users")!.Endpoints[0].Id);
    }

    [Fact]
    public async Task Control_planes_are_tried_in_turn()
    {
        var gone = await ScriptedControlPlane.StartAsync();
        await gone.DisposeAsync();
        Start([gone.Url, _plane.Url], "users");
        await (await NextStreamAsync()).GreetedAsync();
        await Wait.UntilAsync(() => _client.State.IsConnected);
        Assert.Equal(_plane.Url, _client.State.Url);
        Assert.Contains($"cannot reach the control plane at {gone.Url.GetLeftPart(UriPartial.Authority)}", _told.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_burst_of_changes_is_one_snapshot()
    {
        Start([_plane.Url], "users");
        var stream = await (await _plane.StreamAsync()).GreetedAsync();
        await stream.SendAsync("users", 0, new ServiceConfig());
        await stream.SendAsync("users", 1, ("users-1", "127.0.0.1:5001"));
        await stream.AckAsync();
        var before = _directory.Current.Version;

        // Time stands still, so however slowly they come, they come together.
        for (var version = 2; version <= 50; version++)
        {
            await stream.SendAsync("users", version, ("users-1", $"127.0.0.1:{5000 + version}"));
        }

        var ack = stream.AckAsync();
        await AdvanceUntilAsync(() => ack.IsCompleted);
        Assert.Equal("127.0.0.1:5050", Cluster("users")!.Endpoints[0].Address);
        Assert.InRange(_directory.Current.Version - before, 1, 10);
    }

    [Fact]
    public async Task A_route_to_a_service_that_is_not_known_yet_takes_force_when_it_is()
    {
        Start([_plane.Url], "users");
        var stream = await (await _plane.StreamAsync()).GreetedAsync();
        await stream.SendAsync("users", 1, ("users-1", "127.0.0.1:5001"));
        await stream.SendAsync("users", 1, new ServiceConfig());
        await stream.AckAsync();

        var led = new ServiceConfig { Routes = { new Route { Name = "new", Service = "users-next" } } };
        await stream.SendAsync("users", 2, led);
        Assert.Equal(["users-next"], (await stream.SubscriptionAsync()).Services);
        Assert.Empty(Cluster("users")!.Routes);

        await stream.SendAsync("users-next", 1, ("n-1", "127.0.0.1:5009"));
        await stream.SendAsync("users-next", 0, new ServiceConfig());
        await AdvanceUntilAsync(() => Cluster("users")!.Routes.Length == 1);
        Assert.NotNull(Cluster("users-next"));
    }

    [Fact]
    public void An_instance_that_drains_is_left_out_while_there_is_another()
    {
        _directory.SetPolicy("users", 0, Mesh.Policy.Routing.ServicePolicyOptions.Default);
        Endpoint draining = new() { Id = "users-1", Address = "127.0.0.1:5001", Status = ServiceStatus.Draining };
        Endpoint healthy = new() { Id = "users-2", Address = "127.0.0.1:5002", Status = ServiceStatus.Healthy };
        _directory.SetEndpoints("users", 1, true, [draining, healthy]);
        _directory.Publish();
        Assert.Equal(["users-2"], Cluster("users")!.Endpoints.Select(e => e.Id));
        _directory.SetEndpoints("users", 2, true, [draining]);
        _directory.Publish();
        Assert.Equal(["users-1"], Cluster("users")!.Endpoints.Select(e => e.Id));
    }

    private void Start(Uri[] urls, params string[] declared)
    {
        _channels = new ControlPlaneChannels(urls);
        var hello = new Hello { Service = "orders", InstanceId = "orders-1" };
        _client = new ControlPlaneClient(hello, declared, _channels, _directory, new Random(1), _time, new Log(LogLevel.Information, TextWriter.Synchronized(_told), _time));
        _running = _client.RunAsync(_stop.Token);
    }

    private Cluster? Cluster(string service) => _directory.Current.Find(Encoding.UTF8.GetBytes(service));

    /// <summary>A stream that comes after a pause.</summary>
    private async Task<ScriptedStream> NextStreamAsync()
    {
        var next = _plane.StreamAsync();
        await AdvanceUntilAsync(() => next.IsCompleted);
        return await next;
    }

    private Task AdvanceUntilAsync(Func<bool> condition) => Wait.UntilAsync(() =>
    {
        _time.Advance(TimeSpan.FromMilliseconds(50));
        return condition();
    });
}
