using Google.Protobuf;
using Google.Protobuf.Collections;
using Mesh.ControlPlane.Config;
using Mesh.ControlPlane.Registry;
using Mesh.ControlPlane.Shares;
using Mesh.ControlPlane.Store;
using Mesh.ControlPlane.Streams;
using Mesh.ControlPlane.Tests.Registry;
using Mesh.ControlPlane.Tests.Store;
using Mesh.ControlPlane.Trust;
using Mesh.V1;
using Microsoft.Extensions.Logging.Abstractions;

namespace Mesh.ControlPlane.Tests.Streams;

public sealed class NodeStreamTests : IDisposable
{
    private readonly RegistryFixture _fixture = new(Make.Undamped);
    private readonly JournalFixture _journal;
    private readonly ConfigResources _configs;
    private readonly ResourceKinds _kinds;
    private readonly StoreIdentity _store;
    private readonly NodeStreams _streams;
    private readonly Share _names = new(3 * NodeStream.MaxSubscriptions);

    public NodeStreamTests()
    {
        _journal = new JournalFixture(_fixture.Store);
        _configs = new ConfigResources(_fixture.Time, _journal.Journal, _journal.Replica, new HistoryBounds(), NullLogger<ConfigResources>.Instance);
        _journal.Start();
        _kinds = new ResourceKinds(_fixture.Registry, _configs, new TrustState());
        _store = _journal.Journal.Identity;
        _streams = new NodeStreams(_kinds, _store, new RegistryOptions(), _fixture.Counters, _fixture.Time);
        // Without the dispatcher's hop, so that a change has been noted when it has been made.
        foreach (var kind in _kinds.All)
        {
            kind.Watch(name => _streams.MarkChanged(new(kind, name)));
        }
    }

    public void Dispose()
    {
        _journal.Dispose();
        _fixture.Dispose();
    }

    [Fact]
    public async Task The_first_response_says_which_store_the_control_plane_goes_by_and_no_more()
    {
        using var stream = _streams.Open(new Hello(), _names);
        var first = await NextAsync(stream);
        Assert.Equal((1L, _store.Id, _store.Revision, 0), (first.Nonce, first.StoreId, first.Revision, first.Resources.Count));
        Assert.NotEmpty(first.StoreId);
        Assert.Equal(new RegistryOptions().LeaseTtl, first.LeaseTtl.ToTimeSpan());
        Assert.Null((await NextAsync(await OpenAsync("orders"))).LeaseTtl);
    }

    [Fact]
    public async Task A_subscription_is_answered_with_all_that_waits_in_one_response()
    {
        _fixture.Register(Make.Registration(id: "b"));
        _fixture.Register(Make.Registration(id: "a"));
        await _configs.ApplyAsync([Make.Change("orders", 5)], Make.Unsaid);
        using var stream = await OpenAsync("orders", "users");

        var response = await NextAsync(stream);
        Assert.Equal(2, response.Nonce);
        Assert.Equal(
            [("endpoints", "orders"), ("policy", "orders"), ("endpoints", "users"), ("policy", "users")],
            response.Resources.Select(resource => (resource.Kind, resource.Name)));
        var endpoints = EndpointsOf(response.Resources[0]);
        Assert.Equal(["a", "b"], endpoints.Select(endpoint => endpoint.Id));
        Assert.Equal("10.0.0.1:8080", endpoints[0].Address);
        Assert.Equal(1, response.Resources[1].Version);
        Assert.Equal(5u, ServiceConfig.Parser.ParseFrom(response.Resources[1].Body).Retry.MaxAttempts);
        Assert.All(response.Resources.Skip(2), resource => Assert.Equal((true, 0L), (resource.Absent, resource.Version)));
    }

    [Fact]
    public async Task An_unknown_service_is_sent_when_it_comes_up()
    {
        using var stream = await OpenAsync("orders");
        Assert.True((await NextAsync(stream)).Resources[0].Absent);
        _fixture.Register();
        var endpoints = Assert.Single((await NextAsync(stream)).Resources);
        Assert.False(endpoints.Absent);
        Assert.Equal(ServiceStatus.Starting, Assert.Single(EndpointsOf(endpoints)).Status);
    }

    [Fact]
    public async Task The_first_change_is_sent_at_once_and_what_follows_is_gathered()
    {
        var holder = _fixture.Register();
        using var stream = await OpenAsync("orders");
        await NextAsync(stream);
        _fixture.Time.Advance(TimeSpan.FromSeconds(1));
        _fixture.Heartbeat(holder, ServiceStatus.Healthy);
        Assert.True(stream.NextAsync(Bound.Token()).AsTask().IsCompletedSuccessfully);

        _fixture.Heartbeat(holder, ServiceStatus.Unhealthy);
        var next = stream.NextAsync(Bound.Token()).AsTask();
        _fixture.Time.Advance(Pace.Shortest / 2);
        Assert.False(next.IsCompleted);
        await _configs.ApplyAsync([Make.Change("orders")], Make.Unsaid);
        _fixture.Time.Advance(Pace.Shortest);
        var response = await next.WaitAsync(Bound.Time);
        Assert.Equal(["endpoints", "policy"], response.Resources.Select(resource => resource.Kind));
    }

    [Fact]
    public async Task A_slow_sidecar_is_sent_the_newest_state_once()
    {
        var holder = _fixture.Register();
        using var stream = await OpenAsync("orders");
        await NextAsync(stream);
        for (var i = 0; i < 100; i++)
        {
            _fixture.Heartbeat(holder, i % 2 == 0 ? ServiceStatus.Healthy : ServiceStatus.Unhealthy, $"{i}");
        }

        var response = await NextAsync(stream);
        Assert.Equal(ServiceStatus.Unhealthy, EndpointsOf(Assert.Single(response.Resources))[0].Status);
        AssertQuiet(stream);
    }

    [Fact]
    public async Task Another_services_change_and_a_new_text_for_a_status_are_not_sent()
    {
        var holder = _fixture.Register();
        using var stream = await OpenAsync("orders");
        await NextAsync(stream);
        _fixture.Register(Make.Registration("users"));
        _fixture.Heartbeat(holder, ServiceStatus.Starting, "still");
        AssertQuiet(stream);
    }

    [Fact]
    public async Task Nothing_is_sent_twice_in_the_same_version()
    {
        _fixture.Register();
        using var stream = await OpenAsync("orders");
        await NextAsync(stream);
        // As after a change that was seen when the subscription was answered.
        foreach (var kind in _kinds.All)
        {
            _streams.MarkChanged(new(kind, "orders"));
        }

        AssertQuiet(stream);
    }

    [Fact]
    public async Task A_service_without_instances_any_more_is_sent_empty_but_known()
    {
        _fixture.Register();
        using var stream = await OpenAsync("orders");
        await NextAsync(stream);
        _fixture.Deregister();
        var endpoints = Assert.Single((await NextAsync(stream)).Resources);
        Assert.Empty(EndpointsOf(endpoints));
        Assert.False(endpoints.Absent);
    }

    [Fact]
    public async Task Versions_of_endpoints_grow_with_each_change()
    {
        using var stream = await OpenAsync("orders");
        var versions = new List<long> { (await NextAsync(stream)).Resources[0].Version };
        var holder = _fixture.Register();
        versions.Add((await NextAsync(stream)).Resources[0].Version);
        _fixture.Heartbeat(holder, ServiceStatus.Healthy);
        versions.Add((await NextAsync(stream)).Resources[0].Version);
        _fixture.Deregister();
        versions.Add((await NextAsync(stream)).Resources[0].Version);
        Assert.Equal(versions.Distinct().Order(), versions);
    }

    [Fact]
    public async Task A_deleted_policy_is_said_to_be_deleted_and_not_never_to_have_been()
    {
        await _configs.ApplyAsync([Make.Change("orders", 5)], Make.Unsaid);
        using var stream = await OpenAsync("orders");
        await NextAsync(stream);
        await _configs.DeleteAsync(ConfigKinds.Policy, "orders", Make.Unsaid);
        var policy = Assert.Single((await NextAsync(stream)).Resources);
        Assert.True(policy is { Absent: true, Version: > 0, Body.IsEmpty: true });
        await _configs.ApplyAsync([Make.Change("orders", 5)], Make.Unsaid);
        var again = Assert.Single((await NextAsync(stream)).Resources);
        Assert.True(!again.Absent && again.Version >= policy.Version);
    }

    [Fact]
    public async Task What_holds_inbound_is_sent_to_the_services_own_sidecars_and_to_nobody_else()
    {
        using var own = _streams.Open(new Hello { Service = "orders", Inbound = true }, _names);
        using var caller = await OpenAsync("orders");
        await NextAsync(own);
        Assert.Equal(["endpoints", "policy"], (await NextAsync(caller)).Resources.Select(resource => resource.Kind));
        var before = Assert.Single((await NextAsync(own)).Resources);
        Assert.Equal(("inbound", "orders", true, 0L), (before.Kind, before.Name, before.Absent, before.Version));

        await _configs.ApplyAsync([new ConfigChange(ConfigKinds.Inbound, "orders", Make.Inbound(7))], Make.Unsaid);
        var applied = Assert.Single((await NextAsync(own)).Resources);
        Assert.Equal(Make.Inbound(7), InboundConfig.Parser.ParseFrom(applied.Body));
        await _configs.ApplyAsync([Make.Change("orders", 5)], Make.Unsaid);
        Assert.Equal("policy", Assert.Single((await NextAsync(caller)).Resources).Kind);
        AssertQuiet(own);
    }

    [Fact]
    public async Task Who_no_longer_calls_its_own_service_is_sent_what_holds_inbound_all_the_same()
    {
        using var own = _streams.Open(new Hello { Service = "orders", Inbound = true }, _names);
        await NextAsync(own);
        Assert.Null(own.Subscribe(new Subscribe { Services = { "orders" } }));
        Assert.Equal(["inbound", "endpoints", "policy"], (await NextAsync(own)).Resources.Select(resource => resource.Kind));
        own.Unsubscribe(["orders"]);
        await _configs.ApplyAsync([Make.Change("orders", 5), new ConfigChange(ConfigKinds.Inbound, "orders", Make.Inbound(7))], Make.Unsaid);
        Assert.Equal("inbound", Assert.Single((await NextAsync(own)).Resources).Kind);
    }

    [Fact]
    public async Task A_renewed_subscription_is_answered_again()
    {
        _fixture.Register();
        using var stream = await OpenAsync("orders");
        await NextAsync(stream);
        Assert.Null(stream.Subscribe(new Subscribe { Services = { "orders" } }));
        Assert.Equal(2, (await NextAsync(stream)).Resources.Count);
    }

    [Fact]
    public async Task What_the_sidecar_has_from_the_same_store_is_confirmed_and_not_sent_again()
    {
        _fixture.Register();
        await _configs.ApplyAsync([Make.Change("orders", 5)], Make.Unsaid);
        var version = _kinds.All[0].Find("orders").Version;
        var subscribe = new Subscribe
        {
            Services = { "orders" },
            StoreId = _store.Id,
            Known =
            {
                new ResourceVersion { Kind = "endpoints", Name = "orders", Version = version },
                new ResourceVersion { Kind = "policy", Name = "orders", Version = 77 },
            },
        };
        var resources = await AnswerAsync(subscribe);
        Assert.True(resources[0] is { Unchanged: true, Body.IsEmpty: true } && resources[0].Version == version);
        Assert.False(resources[1].Unchanged || resources[1].Body.IsEmpty);

        subscribe.StoreId = "another";
        Assert.All(await AnswerAsync(subscribe), resource => Assert.False(resource.Unchanged));
    }

    [Fact]
    public async Task What_is_unsubscribed_is_not_sent_any_more()
    {
        _fixture.Register();
        using var stream = await OpenAsync("orders");
        await NextAsync(stream);
        stream.Unsubscribe(["orders", "never-subscribed"]);
        _fixture.Register(Make.Registration(id: "another"));
        AssertQuiet(stream);
    }

    [Fact]
    public async Task All_streams_share_what_was_serialized_once_per_version()
    {
        _fixture.Register();
        await _configs.ApplyAsync([Make.Change("orders")], Make.Unsaid);
        using var one = await OpenAsync("orders");
        using var other = await OpenAsync("orders");
        var (first, second) = (await NextAsync(one), await NextAsync(other));
        Assert.Same(first.Resources[0], second.Resources[0]);
        Assert.Same(first.Resources[1], second.Resources[1]);
    }

    [Fact]
    public async Task A_large_resource_goes_in_parts_that_a_client_accepts_and_is_whole_when_put_together()
    {
        var registration = Make.Registration();
        for (var i = 0; i < 60; i++)
        {
            registration.Instance.Metadata.Add($"label-{i}", new string('x', 500));
        }

        for (var i = 0; i < 200; i++)
        {
            var one = registration.Clone();
            one.Instance.Id = $"orders-{i:000}";
            _fixture.Register(one);
        }

        using var stream = await OpenAsync("orders", "users");
        var body = new MemoryStream();
        Resource part;
        long nonce = 1;
        do
        {
            var response = await NextAsync(stream);
            Assert.Equal(++nonce, response.Nonce);
            Assert.InRange(response.CalculateSize(), 1, 1024 * 1024);
            part = response.Resources[0];
            Assert.Equal(("endpoints", "orders"), (part.Kind, part.Name));
            Assert.True(!part.More || response.Resources.Count == 1);
            part.Body.WriteTo(body);
        }
        while (part.More);
        Assert.InRange(nonce, 10, 1000);
        Assert.Equal(_kinds.All[0].Find("orders").Body, ByteString.CopyFrom(body.ToArray()));
        Assert.Empty(stream.Acknowledge(Answer(2)));
        var rejected = Assert.Single(stream.Acknowledge(Answer(nonce, ("endpoints", "orders", "too large"))));
        Assert.Equal(("endpoints", "too large"), (rejected.Key.Kind.Name, rejected.Error));
    }

    [Fact]
    public async Task A_rejection_is_remembered_until_a_later_version_is_applied()
    {
        await _configs.ApplyAsync([Make.Change("orders", 4)], Make.Unsaid);
        using var stream = await OpenAsync("orders");
        var response = await NextAsync(stream);
        var rejected = Assert.Single(stream.Acknowledge(Answer(response.Nonce, ("policy", "orders", "no such code"))));
        Assert.Equal(new Mesh.ControlPlane.Streams.RejectedResource("orders-sidecar/s-1", new(_kinds.All[1], "orders"), 1, "no such code"), rejected);
        Assert.Equal(rejected, Assert.Single(_streams.Rejected()));
        Assert.Equal((1L, 1L), (_fixture.Counters.Acks, _fixture.Counters.Rejects));

        await _configs.ApplyAsync([Make.Change("orders", 5)], Make.Unsaid);
        stream.Acknowledge(Answer((await NextAsync(stream)).Nonce));
        Assert.Empty(_streams.Rejected());
    }

    [Fact]
    public async Task Answers_to_replaced_responses_and_to_none_are_not_minded()
    {
        using var stream = await OpenAsync("orders");
        var first = await NextAsync(stream);
        _fixture.Register();
        await NextAsync(stream);
        // The endpoints were replaced since, the policy was not.
        var rejected = stream.Acknowledge(Answer(first.Nonce, ("endpoints", "orders", "too late"), ("policy", "orders", "bad")));
        Assert.Equal("policy", Assert.Single(rejected).Key.Kind.Name);
        Assert.Empty(stream.Acknowledge(Answer(999, ("endpoints", "orders", "never sent"))));
    }

    [Fact]
    public async Task One_who_never_answers_is_told_every_change_and_costs_a_bounded_memory()
    {
        var holder = _fixture.Register();
        using var stream = await OpenAsync("orders");
        await NextAsync(stream);
        DiscoveryResponse response = new();
        for (var i = 0; i < 1500; i++)
        {
            Assert.Null(stream.Subscribe(new Subscribe { Services = { $"s{i}" } }));
            _fixture.Heartbeat(holder, i % 2 == 0 ? ServiceStatus.Healthy : ServiceStatus.Unhealthy);
            response = await NextAsync(stream);
        }

        Assert.Equal(1502, response.Nonce);
        // That of the first is not waited for any more; that of the last is.
        Assert.Empty(stream.Acknowledge(Answer(2, ("policy", "orders", "bad"))));
        Assert.Single(stream.Acknowledge(Answer(response.Nonce, ("endpoints", "orders", "bad"))));
    }

    [Fact]
    public void A_stream_subscribes_to_a_bounded_number_of_services()
    {
        using var stream = _streams.Open(new Hello(), _names);
        Assert.True(TrySubscribe(stream, [.. Enumerable.Range(0, NodeStream.MaxSubscriptions).Select(i => $"s{i}")]));
        Assert.False(TrySubscribe(stream, "one-more"));
        Assert.True(TrySubscribe(stream, "s0"));
    }

    [Fact]
    public void The_streams_of_one_connection_share_a_bound_and_give_back_what_they_leave()
    {
        var names = new Share(3);
        using var first = _streams.Open(new Hello(), names);
        using var second = _streams.Open(new Hello(), names);
        Assert.True(TrySubscribe(first, "a", "b", "b"));
        Assert.False(TrySubscribe(second, "a", "b"));
        Assert.Equal(
            "streams ask for 2 services, and those of one connection may ask for 3",
            second.Subscribe(new Subscribe { Services = { "c", "d" } }));
        first.Unsubscribe(["b", "b", "unknown"]);
        Assert.True(TrySubscribe(second, "a", "b"));
        first.Dispose();
        Assert.True(TrySubscribe(second, "c"));
        Assert.Equal(3, names.Held);
    }

    [Fact]
    public void Subscribing_and_unsubscribing_without_reading_is_bounded_as_well()
    {
        using var stream = _streams.Open(new Hello(), _names);
        var refused = false;
        for (var i = 0; i < 3 && !refused; i++)
        {
            string[] names = [.. Enumerable.Range(0, NodeStream.MaxSubscriptions).Select(n => $"s{i}-{n}")];
            refused = !TrySubscribe(stream, names);
            stream.Unsubscribe(names);
        }

        Assert.True(refused);
    }

    [Fact]
    public async Task A_closed_stream_leaves_nothing_behind()
    {
        var stream = await OpenAsync("orders");
        Assert.Equal(1, _streams.Count);
        stream.Dispose();
        Assert.Equal(0, _streams.Count);
        _fixture.Register();
        Assert.Equal(0, _fixture.Counters.Pushes);
    }

    /// <summary>A stream with its subscriptions, greeted.</summary>
    private async Task<NodeStream> OpenAsync(params string[] services)
    {
        var stream = _streams.Open(new Hello { Service = "orders-sidecar", InstanceId = "s-1" }, _names);
        Assert.Empty((await NextAsync(stream)).Resources);
        Assert.True(TrySubscribe(stream, services));
        return stream;
    }

    private async Task<RepeatedField<Resource>> AnswerAsync(Subscribe subscribe)
    {
        using var stream = await OpenAsync();
        Assert.Null(stream.Subscribe(subscribe));
        return (await NextAsync(stream)).Resources;
    }

    private static bool TrySubscribe(NodeStream stream, params string[] services) =>
        stream.Subscribe(new Subscribe { Services = { services } }) is null;

    private static RepeatedField<Endpoint> EndpointsOf(Resource resource) => ServiceEndpoints.Parser.ParseFrom(resource.Body).Endpoints;

    private static Ack Answer(long nonce, params (string Kind, string Name, string Error)[] rejected)
    {
        var ack = new Ack { Nonce = nonce };
        ack.Rejected.Add(rejected.Select(one => new V1.RejectedResource { Kind = one.Kind, Name = one.Name, Error = one.Error }));
        return ack;
    }

    /// <summary>The next response, however long it gathers.</summary>
    private async Task<DiscoveryResponse> NextAsync(NodeStream stream)
    {
        var next = stream.NextAsync(Bound.Token()).AsTask();
        while (!next.IsCompleted)
        {
            _fixture.Time.Advance(Pace.Shortest);
            await Task.Yield();
        }

        return await next;
    }

    private void AssertQuiet(NodeStream stream)
    {
        var next = stream.NextAsync(Bound.Token()).AsTask();
        _fixture.Time.Advance(Pace.Longest);
        Assert.False(next.IsCompleted);
    }
}
