using Mesh.ControlPlane.Config;
using Mesh.ControlPlane.Registry;
using Mesh.ControlPlane.Snapshots;
using Mesh.ControlPlane.Store;
using Mesh.ControlPlane.Tests.Registry;
using Mesh.ControlPlane.Tests.Store;
using Mesh.V1;
using Microsoft.Extensions.Logging.Abstractions;

namespace Mesh.ControlPlane.Tests.Snapshots;

public sealed class NodeStreamTests : IDisposable
{
    private readonly RegistryFixture _fixture = new();
    private readonly JournalFixture _journal;
    private readonly ConfigResources _configs;
    private readonly ResourceMessages _messages;
    private readonly NodeStreams _streams;

    public NodeStreamTests()
    {
        _journal = new JournalFixture(_fixture.Store);
        _configs = new ConfigResources(_fixture.Time, _journal.Journal, NullLogger<ConfigResources>.Instance);
        _journal.Start();
        _messages = new ResourceMessages(_fixture.Registry, _configs);
        _streams = new NodeStreams(_messages, _fixture.Counters);
        // Without the dispatcher's hop, so that a change has been noted when it has been made.
        _fixture.Registry.EndpointsChanged = service => _streams.MarkChanged(new(ResourceKind.Endpoints, service));
        _configs.Changed = entry => _streams.MarkChanged(new(ResourceKind.Policy, entry.Name));
    }

    public void Dispose()
    {
        _journal.Dispose();
        _fixture.Dispose();
    }

    [Fact]
    public async Task A_subscription_is_answered_with_endpoints_and_policy_at_once()
    {
        _fixture.Register(Make.Registration(id: "b"));
        _fixture.Register(Make.Registration(id: "a"));
        await _configs.ApplyAsync([Make.Change("orders", 5)], ConfigOrigin.Unsaid);
        using var stream = Open("orders");

        var first = await NextAsync(stream);
        Assert.Equal(1, first.Nonce);
        Assert.Equal(["a", "b"], first.Endpoints.Endpoints.Select(endpoint => endpoint.Id));
        Assert.Equal("10.0.0.1:8080", first.Endpoints.Endpoints[0].Address);
        Assert.False(first.Endpoints.Unknown);
        var second = await NextAsync(stream);
        Assert.Equal((2L, 1L, 5u), (second.Nonce, second.Policy.Version, second.Policy.Config.Retry.MaxAttempts));
    }

    [Fact]
    public async Task An_unknown_service_is_said_to_be_unknown_and_sent_when_it_comes_up()
    {
        using var stream = Open("orders");
        Assert.True((await NextAsync(stream)).Endpoints.Unknown);
        Assert.Equal(0, (await NextAsync(stream)).Policy.Version);
        var waiting = NextAsync(stream);
        Assert.False(waiting.IsCompleted);
        _fixture.Register();
        var endpoints = (await waiting).Endpoints;
        Assert.False(endpoints.Unknown);
        Assert.Equal(ServiceStatus.Starting, Assert.Single(endpoints.Endpoints).Status);
    }

    [Fact]
    public async Task A_slow_sidecar_is_sent_the_newest_state_once()
    {
        var holder = _fixture.Register();
        using var stream = Open("orders");
        await DrainAsync(stream, 2);
        for (var i = 0; i < 100; i++)
            _fixture.Heartbeat(holder, i % 2 == 0 ? ServiceStatus.Healthy : ServiceStatus.Unhealthy, $"{i}");

        var response = await NextAsync(stream);
        Assert.Equal(3, response.Nonce);
        Assert.Equal(ServiceStatus.Unhealthy, response.Endpoints.Endpoints[0].Status);
        Assert.False(NextAsync(stream).IsCompleted);
    }

    [Fact]
    public async Task Another_services_change_and_a_new_text_for_a_status_are_not_sent()
    {
        var holder = _fixture.Register();
        using var stream = Open("orders");
        await DrainAsync(stream, 2);
        _fixture.Register(Make.Registration("users"));
        _fixture.Heartbeat(holder, ServiceStatus.Starting, "still");
        Assert.False(NextAsync(stream).IsCompleted);
    }

    [Fact]
    public async Task Nothing_is_sent_twice_in_the_same_version()
    {
        _fixture.Register();
        using var stream = Open("orders");
        await DrainAsync(stream, 2);
        // As after a change that was seen when the subscription was answered.
        _streams.MarkChanged(new(ResourceKind.Endpoints, "orders"));
        _streams.MarkChanged(new(ResourceKind.Policy, "orders"));
        Assert.False(NextAsync(stream).IsCompleted);
    }

    [Fact]
    public async Task A_service_without_instances_any_more_is_sent_empty_but_known()
    {
        _fixture.Register();
        using var stream = Open("orders");
        await DrainAsync(stream, 2);
        _fixture.Deregister("orders", "orders-1");
        var endpoints = (await NextAsync(stream)).Endpoints;
        Assert.Empty(endpoints.Endpoints);
        Assert.False(endpoints.Unknown);
    }

    [Fact]
    public async Task Versions_of_endpoints_grow_with_each_change()
    {
        using var stream = Open("orders");
        var versions = new List<long> { (await NextAsync(stream)).Endpoints.Version };
        await NextAsync(stream);
        var holder = _fixture.Register();
        versions.Add((await NextAsync(stream)).Endpoints.Version);
        _fixture.Heartbeat(holder, ServiceStatus.Healthy);
        versions.Add((await NextAsync(stream)).Endpoints.Version);
        _fixture.Deregister("orders", "orders-1");
        versions.Add((await NextAsync(stream)).Endpoints.Version);
        Assert.Equal(versions.Distinct().Order(), versions);
    }

    [Fact]
    public async Task A_deleted_policy_goes_back_to_version_0_and_defaults()
    {
        await _configs.ApplyAsync([Make.Change("orders", 5)], ConfigOrigin.Unsaid);
        using var stream = Open("orders");
        await DrainAsync(stream, 2);
        await _configs.DeleteAsync(ConfigKinds.Policy, "orders", ConfigOrigin.Unsaid);
        var policy = (await NextAsync(stream)).Policy;
        Assert.Equal((0L, new ServiceConfig()), (policy.Version, policy.Config));
        await _configs.ApplyAsync([Make.Change("orders", 5)], ConfigOrigin.Unsaid);
        Assert.Equal(3, (await NextAsync(stream)).Policy.Version);
    }

    [Fact]
    public async Task A_renewed_subscription_is_answered_again()
    {
        _fixture.Register();
        using var stream = Open("orders");
        await DrainAsync(stream, 2);
        Assert.True(stream.TrySubscribe(["orders"]));
        Assert.Equal(3, (await NextAsync(stream)).Nonce);
        Assert.Equal(4, (await NextAsync(stream)).Nonce);
    }

    [Fact]
    public async Task What_is_unsubscribed_is_not_sent_any_more()
    {
        _fixture.Register();
        using var stream = Open("orders");
        await DrainAsync(stream, 2);
        stream.Unsubscribe(["orders", "never-subscribed"]);
        _fixture.Register(Make.Registration(id: "another"));
        Assert.False(NextAsync(stream).IsCompleted);
    }

    [Fact]
    public async Task All_streams_share_one_message_per_version()
    {
        _fixture.Register();
        await _configs.ApplyAsync([Make.Change("orders")], ConfigOrigin.Unsaid);
        using var one = Open("orders");
        using var other = Open("orders");
        Assert.Same((await NextAsync(one)).Endpoints, (await NextAsync(other)).Endpoints);
        Assert.Same((await NextAsync(one)).Policy, (await NextAsync(other)).Policy);
    }

    [Fact]
    public async Task A_rejection_is_remembered_until_a_later_version_is_applied()
    {
        await _configs.ApplyAsync([Make.Change("orders", 4)], ConfigOrigin.Unsaid);
        using var stream = Open("orders");
        await NextAsync(stream);
        var policy = await NextAsync(stream);
        Assert.Null(stream.Acknowledge(1, ""));
        var rejected = stream.Acknowledge(policy.Nonce, "no such code");
        Assert.Equal(new RejectedResource("orders-sidecar/s-1", new(ResourceKind.Policy, "orders"), 1, "no such code"), rejected);
        Assert.Equal(rejected, Assert.Single(_streams.Rejected()));
        Assert.Equal((1L, 1L), (_fixture.Counters.Acks, _fixture.Counters.Rejects));

        await _configs.ApplyAsync([Make.Change("orders", 5)], ConfigOrigin.Unsaid);
        stream.Acknowledge((await NextAsync(stream)).Nonce, "");
        Assert.Empty(_streams.Rejected());
    }

    [Fact]
    public async Task Answers_to_replaced_responses_and_to_none_are_counted_and_no_more()
    {
        using var stream = Open("orders");
        await DrainAsync(stream, 2);
        _fixture.Register();
        await NextAsync(stream);
        Assert.Null(stream.Acknowledge(1, "too late"));
        Assert.Null(stream.Acknowledge(999, "never sent"));
        Assert.Empty(_streams.Rejected());
        Assert.Equal(2, _fixture.Counters.Rejects);
    }

    [Fact]
    public void A_stream_subscribes_to_a_bounded_number_of_services()
    {
        using var stream = Open();
        Assert.True(stream.TrySubscribe([.. Enumerable.Range(0, NodeStream.MaxSubscriptions).Select(i => $"s{i}")]));
        Assert.False(stream.TrySubscribe(["one-more"]));
        Assert.True(stream.TrySubscribe(["s0"]));
    }

    [Fact]
    public void Subscribing_and_unsubscribing_without_reading_is_bounded_as_well()
    {
        using var stream = Open();
        var refused = false;
        for (var i = 0; i < 3 && !refused; i++)
        {
            string[] names = [.. Enumerable.Range(0, NodeStream.MaxSubscriptions).Select(n => $"s{i}-{n}")];
            refused = !stream.TrySubscribe(names);
            stream.Unsubscribe(names);
        }
        Assert.True(refused);
    }

    [Fact]
    public void A_closed_stream_leaves_nothing_behind()
    {
        var stream = Open("orders");
        Assert.Equal(1, _streams.Count);
        stream.Dispose();
        Assert.Equal(0, _streams.Count);
        _fixture.Register();
        Assert.Equal(0, _fixture.Counters.Pushes);
    }

    private NodeStream Open(params string[] services)
    {
        var stream = _streams.Open(new Hello { Service = "orders-sidecar", InstanceId = "s-1" });
        Assert.True(stream.TrySubscribe(services));
        return stream;
    }

    private static Task<DiscoveryResponse> NextAsync(NodeStream stream) => stream.NextAsync(Bound.Token()).AsTask();

    private static async Task DrainAsync(NodeStream stream, int count)
    {
        for (var i = 0; i < count; i++)
            await NextAsync(stream);
    }
}
