using Mesh.V1;

namespace Mesh.Sidecar.Tests.Discovery;

/// <summary>When a policy takes force.</summary>
public sealed class PolicyForceTests : ControlPlaneClientFixture
{
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
    public async Task While_a_policy_cannot_be_followed_the_one_before_holds_and_endpoints_change_all_the_same()
    {
        Start([_plane.Url], "users");
        var stream = await (await _plane.StreamAsync()).GreetedAsync();
        await stream.SendAsync("users", 1, ("users-1", "127.0.0.1:5001"));
        await stream.SendAsync("users", 1, new ServiceConfig { Retry = new Retry { MaxAttempts = 7 } });
        await AdvanceUntilAsync(() => Cluster("users") is { PolicyVersion: 1 });

        await stream.SendAsync("users", 2, new ServiceConfig { Routes = { new Route { Name = "new", Service = "users-next" } } });
        await stream.SendAsync("users", 2, ("users-2", "127.0.0.1:5002"), ("users-3", "127.0.0.1:5003"));
        await AdvanceUntilAsync(() => Cluster("users") is { EndpointsVersion: 2 });
        Assert.Equal(["users-2", "users-3"], Cluster("users")!.Endpoints.Select(endpoint => endpoint.Id));
        Assert.Equal((7, 1, 0), (Cluster("users")!.Policy.Retry.MaxAttempts, Cluster("users")!.PolicyVersion, Cluster("users")!.Routes.Length));
    }

    [Fact]
    public async Task A_first_policy_that_cannot_be_followed_gives_way_to_the_defaults_when_a_call_would_no_longer_wait()
    {
        Start([_plane.Url], "users");
        var forgetting = _client.ForgetAsync(_stop.Token);
        var stream = await (await _plane.StreamAsync()).GreetedAsync();
        await stream.SendAsync("users", 1, ("users-1", "127.0.0.1:5001"));
        await stream.SendAsync("users", 1, new ServiceConfig { Routes = { new Route { Name = "new", Service = "users-next" } } });
        await AdvanceUntilAcknowledgedAsync(stream);
        Assert.Null(Cluster("users")); // what it says will count, if where it leads is only slow to come
        await AdvanceUntilAsync(() => Cluster("users") is not null);
        Assert.Empty(Cluster("users")!.Routes);
        Assert.Single(Cluster("users")!.Endpoints);
        await _client.Answered.WaitAsync(Wait.Limit);

        await stream.SendAsync("users-next", 1, ("n-1", "127.0.0.1:5009"));
        await stream.SendAsync("users-next", 0, new ServiceConfig());
        await AdvanceUntilAsync(() => Cluster("users")!.Routes.Length == 1);
        Assert.False(forgetting.IsCompleted);
    }
}
