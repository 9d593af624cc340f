using Mesh.V1;

namespace Mesh.Sidecar.Tests.Discovery;

/// <summary>The stream of a sidecar to its control plane.</summary>
public sealed class ControlPlaneClientTests : ControlPlaneClientFixture
{
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
}
