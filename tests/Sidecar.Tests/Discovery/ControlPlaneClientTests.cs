using System.Text;
using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using Mesh.Hosting;
using Mesh.Sidecar.Discovery;
using Mesh.Sidecar.Discovery.Cache;
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
    private readonly Log _log;
    private ServiceDirectory _directory;
    private ScriptedControlPlane _plane = null!;
    private ControlPlaneChannels? _channels;
    private ControlPlaneClient _client = null!;
    private Task _running = Task.CompletedTask;

    public ControlPlaneClientTests()
    {
        _log = new Log(LogLevel.Information, TextWriter.Synchronized(_told), _time);
        _directory = new ServiceDirectory([], isWhole: false, _time);
    }

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

    [Fact]
    public async Task A_control_plane_that_has_lost_a_policy_does_not_change_it_and_a_warning_says_what_to_do()
    {
        Start([_plane.Url], "users");
        var stream = await (await _plane.StreamAsync()).GreetedAsync();
        await stream.SendAsync("users", 1, ("users-1", "127.0.0.1:5001"));
        await stream.SendAsync("users", 4, new ServiceConfig { Retry = new Retry { MaxAttempts = 7 } });
        await stream.AckAsync();
        _plane.Store = "another";
        stream.End();

        var again = await (await NextStreamAsync()).GreetedAsync();
        await again.SendAsync(ScriptedStream.Endpoints("users", 1, ("users-1", "127.0.0.1:5001")), ScriptedStream.Absent("policy", "users"));
        await AdvanceUntilAcknowledgedAsync(again);
        Assert.Equal((7, 4), (Cluster("users")!.Policy.Retry.MaxAttempts, Cluster("users")!.PolicyVersion));
        Assert.Equal(("users", "policy", 4), (Assert.Single(_client.Kept).Service, _client.Kept.First().Kind, _client.Kept.First().Version));
        await again.SendAsync(ScriptedStream.Absent("policy", "users"));
        await AdvanceUntilAcknowledgedAsync(again);
        var warning = Assert.Single(_told.ToString().Split('\n'), line => line.Contains("knows no policy of users", StringComparison.Ordinal));
        Assert.Contains("apply it again, or delete it with 'meshctl delete users --allow-missing'", warning, StringComparison.Ordinal);

        await again.SendAsync(ScriptedStream.Absent("policy", "users", version: 5));
        await AdvanceUntilAsync(() => Cluster("users")!.Policy.Retry.MaxAttempts == 3);
        Assert.Empty(_client.Kept);
    }

    [Fact]
    public async Task What_comes_just_before_the_end_of_a_stream_takes_force()
    {
        Start([_plane.Url], "users");
        var stream = await (await _plane.StreamAsync()).GreetedAsync();
        await stream.SendAsync("users", 1, ("users-1", "127.0.0.1:5001"));
        await stream.SendAsync("users", 1, new ServiceConfig());
        await stream.AckAsync();
        // Time stands still, so that a publication is not due.
        await stream.SendAsync("users", 2, ("users-1", "127.0.0.1:5002"));
        stream.End();
        await Wait.UntilAsync(() => Cluster("users")!.Endpoints[0].Address == "127.0.0.1:5002");
    }

    [Fact]
    public async Task A_resource_in_parts_is_put_together_and_one_that_is_too_large_is_rejected()
    {
        Start([_plane.Url], "users");
        var stream = await (await _plane.StreamAsync()).GreetedAsync();
        await stream.SendAsync("users", 1, new ServiceConfig());
        var whole = ScriptedStream.Endpoints("users", 1, ("users-1", "127.0.0.1:5001"), ("users-2", "127.0.0.1:5002"));
        await stream.SendAsync(Part(whole, whole.Body.Span[..7], more: true));
        await stream.SendAsync(Part(whole, whole.Body.Span[7..], more: false));
        Assert.Empty(await stream.ErrorAsync());
        Assert.Equal(2, Cluster("users")!.Endpoints.Length);

        whole.Version = 2;
        var large = new byte[3 * 1024 * 1024];
        for (var i = 0; i < 30; i++)
        {
            await stream.SendAsync(Part(whole, large, more: i < 29));
        }

        var ack = stream.ErrorAsync();
        await AdvanceUntilAsync(() => ack.IsCompleted);
        Assert.StartsWith("is larger than", await ack, StringComparison.Ordinal);
        Assert.Equal(2, Cluster("users")!.Endpoints.Length);
    }

    [Fact]
    public async Task What_nobody_asked_for_is_not_kept_and_an_unknown_kind_is_rejected()
    {
        Start([_plane.Url], "users");
        var stream = await (await _plane.StreamAsync()).GreetedAsync();
        await stream.SendAsync(
            ScriptedStream.Endpoints("strangers", 1, ("s-1", "127.0.0.1:5001")),
            ScriptedStream.Absent("policy", "strangers"),
            new Resource { Kind = "limits", Name = "users", Version = 1 });
        var rejected = Assert.Single((await stream.AckAsync()).Rejected);
        Assert.Equal(("limits", "users", "kind: is none that this sidecar knows"), (rejected.Kind, rejected.Name, rejected.Error));
        Assert.Null(Cluster("strangers"));
    }

    [Fact]
    public async Task What_the_sidecar_has_is_told_to_a_control_plane_of_the_same_store_which_need_not_send_it_again()
    {
        Start([_plane.Url], "users");
        var stream = await (await _plane.StreamAsync()).GreetedAsync();
        await stream.SendAsync("users", 7, ("users-1", "127.0.0.1:5001"));
        await stream.SendAsync("users", 3, new ServiceConfig());
        await stream.AckAsync();
        stream.End();

        var again = await NextStreamAsync();
        var subscribe = await again.SubscriptionAsync();
        Assert.Equal("store-1", subscribe.StoreId);
        Assert.Equal([("endpoints", 7L), ("policy", 3L)], subscribe.Known.Select(known => (known.Kind, known.Version)));
        await again.SendAsync(
            new Resource { Kind = "endpoints", Name = "users", Version = 7, Unchanged = true },
            new Resource { Kind = "policy", Name = "users", Version = 3, Unchanged = true });
        var ack = again.ErrorAsync();
        await AdvanceUntilAsync(() => ack.IsCompleted);
        Assert.Empty(await ack);
        _time.Advance(TimeSpan.FromMinutes(1));
        Assert.Single(Cluster("users")!.Endpoints);
    }

    [Fact]
    public async Task One_that_is_silent_is_not_connected_and_is_called_no_control_plane()
    {
        _plane.Store = null;
        Start([_plane.Url]);
        await _plane.StreamAsync();
        Assert.False(_client.State.IsConnected);
        Assert.False(_client.Answered.IsCompleted);
        await AdvanceUntilAsync(() => _client.State.LastError is not null);
        Assert.Equal($"what answers at {Shown(_plane)} is no mesh control plane (it has said nothing for 10 s)", _client.State.LastError);
        Assert.DoesNotContain("connected to the control plane", _told.ToString(), StringComparison.Ordinal);
        Assert.Equal(1, _told.ToString().Split("is no mesh control plane").Length - 1);
    }

    [Fact]
    public async Task While_none_was_reached_calls_for_what_is_unknown_are_told_so_and_when_one_is_they_wait_for_its_word()
    {
        var gone = await ScriptedControlPlane.StartAsync();
        await gone.DisposeAsync();
        Start([gone.Url]);
        await AdvanceUntilAsync(() => _directory.Current.OutOfReach is not null);
        Assert.Equal("the control plane was never reached (connection refused)", _directory.Current.OutOfReach);
    }

    [Fact]
    public async Task When_it_is_lost_for_longer_than_a_call_waits_that_is_said_and_taken_back_when_it_is_found()
    {
        Start([_plane.Url], "users");
        var stream = await (await _plane.StreamAsync()).GreetedAsync();
        await Wait.UntilAsync(() => _client.State.IsConnected);
        Assert.Null(_directory.Current.OutOfReach);
        _plane.Store = null; // the next one is silent
        stream.End();
        await AdvanceUntilAsync(() => _directory.Current.OutOfReach is not null);
        Assert.StartsWith("the control plane is out of reach (", _directory.Current.OutOfReach, StringComparison.Ordinal);
        _plane.Store = "store-1";
        await AdvanceUntilAsync(() => _directory.Current.OutOfReach is null);
    }

    [Fact]
    public async Task One_of_the_list_with_another_store_is_refused_at_the_start_and_never_used()
    {
        await using var other = await ScriptedControlPlane.StartAsync();
        other.Store = "store-2";
        Start([_plane.Url, other.Url], "users");
        var survey = _client.SurveyAsync(_stop.Token);
        var stream = await (await _plane.StreamAsync()).GreetedAsync();
        await AdvanceUntilAsync(() => _client.Refused.Count > 0);
        Assert.Equal(KeyValuePair.Create(other.Url, "store-2"), Assert.Single(_client.Refused));
        var error = Assert.Single(_told.ToString().Split('\n'), line => line.Contains("goes by another store", StringComparison.Ordinal));
        Assert.Contains($"{Shown(other)} goes by another store (store-2) than the one at {Shown(_plane)} (store-1)", error, StringComparison.Ordinal);
        Assert.Contains("goes by another store", _client.Notes, StringComparison.Ordinal);

        stream.End();
        await (await NextStreamAsync()).GreetedAsync(); // the same again, and not the other
        Assert.Equal(_plane.Url, _client.State.Url);
        await _stop.CancelAsync();
        await survey.WaitAsync(Wait.Limit);
    }

    [Fact]
    public async Task A_snapshot_from_disk_is_in_force_before_any_control_plane_speaks_and_gives_way_when_one_does()
    {
        var folder = Directory.CreateTempSubdirectory("mesh-cache-");
        try
        {
            Start([_plane.Url], Cache(folder), "users");
            var keeping = _client.CacheAsync(_stop.Token);
            var stream = await (await _plane.StreamAsync()).GreetedAsync();
            await stream.SendAsync("users", 1, ("users-1", "127.0.0.1:5001"), ("users-2", "127.0.0.1:5002"));
            await stream.SendAsync("users", 4, new ServiceConfig { Retry = new Retry { MaxAttempts = 7 } });
            Assert.True(_directory.Want("mail"u8));
            await stream.SubscriptionAsync();
            await stream.SendAsync(ScriptedStream.Endpoints("mail", 1, ("mail-1", "127.0.0.1:5009")), ScriptedStream.Absent("policy", "mail"));
            await AdvanceUntilAsync(() => Cluster("mail") is not null && Cluster("users") is { PolicyVersion: 4 });
            var written = _client.Cache!.State.Written;
            await AdvanceUntilAsync(() => _client.Cache!.State.Written > written || (written is null && _client.Cache!.State.Written is not null));
            await AdvanceUntilAsync(() => keeping.IsCompleted || Directory.GetFiles(folder.FullName).Length == 1);
            await _stop.CancelAsync();
            await Task.WhenAll(_running, keeping).WaitAsync(Wait.Limit);
            stream.End();

            // Another process, which knows nothing but the disk.
            using var stop = new CancellationTokenSource();
            _directory = new ServiceDirectory([], isWhole: false, _time);
            _plane.Store = null;
            var client = Client(Cache(folder), "users");
            Assert.True(client.Answered.IsCompleted);
            Assert.Equal((2, 7), (Cluster("users")!.Endpoints.Length, Cluster("users")!.Policy.Retry.MaxAttempts));
            Assert.Single(Cluster("mail")!.Endpoints);
            Assert.StartsWith("; by a snapshot from disk that is", client.Notes, StringComparison.Ordinal);

            _plane.Store = "store-1";
            _plane.Revision = 2;
            var running = client.RunAsync(stop.Token);
            ScriptedStream next;
            do
            {
                next = await NextStreamAsync();
                await next.NextAsync();
            }
            while (next.Revision != 2);
            await next.SubscriptionAsync();
            await next.SendAsync("users", 2, ("users-3", "127.0.0.1:5003"));
            await AdvanceUntilAsync(() => Cluster("users")!.Endpoints.Length == 1);
            Assert.Equal("users-3", Cluster("users")!.Endpoints[0].Id);
            Assert.Empty(client.Notes);
            await stop.CancelAsync();
            await running.WaitAsync(Wait.Limit);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private static Resource Part(Resource whole, ReadOnlySpan<byte> body, bool more) =>
        new() { Kind = whole.Kind, Name = whole.Name, Version = whole.Version, Body = ByteString.CopyFrom(body), More = more };

    private static string Shown(ScriptedControlPlane plane) => plane.Url.GetLeftPart(UriPartial.Authority);

    private async Task AdvanceUntilAcknowledgedAsync(ScriptedStream stream)
    {
        var ack = stream.AckAsync();
        await AdvanceUntilAsync(() => ack.IsCompleted);
        await ack;
    }

    private SnapshotCache Cache(DirectoryInfo folder) => new(folder.FullName, "orders", _time, _log);

    private void Start(Uri[] urls, params string[] declared) => Start(urls, null, declared);

    private void Start(Uri[] urls, SnapshotCache? cache, params string[] declared)
    {
        _channels = new ControlPlaneChannels(urls, _time, _log);
        _client = Client(cache, declared);
        _running = _client.RunAsync(_stop.Token);
    }

    private ControlPlaneClient Client(SnapshotCache? cache, params string[] declared) =>
        new(new Hello { Service = "orders", InstanceId = "orders-1" }, declared, _channels!, _directory, new Random(1), _time, _log, cache);

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
