using Grpc.Core;
using Mesh.ControlPlane.Tests.Api;
using Mesh.ControlPlane.Xds.Mapping;
using Mesh.ControlPlane.Xds.Serving;
using Mesh.V1;

namespace Mesh.ControlPlane.Tests.Xds;

public sealed class AdsTests : IAsyncLifetime
{
    private TestPlane _plane = null!;

    public async Task InitializeAsync() => _plane = await TestPlane.StartAsync(Make.Undamped);

    public async Task DisposeAsync() => await _plane.DisposeAsync();

    [Fact]
    public async Task A_client_finds_from_a_name_to_its_instances_and_sees_each_change()
    {
        using var orders = await _plane.RegisterAsync();
        await orders.HeartbeatAsync(ServiceStatus.Healthy);
        using var client = new AdsCall(_plane);
        await client.AskAsync(XdsKind.Listeners, "orders:8080");
        var listener = AdsCall.Unpack<Envoy.Listener>(await client.NextAsync())[0];
        Assert.Equal("orders:8080", listener.Name);
        await client.AskAsync(XdsKind.Routes, listener.ApiListener.ApiListener_.Unpack<Envoy.HttpConnectionManager>().Rds.RouteConfigName);
        var routes = AdsCall.Unpack<Envoy.RouteConfiguration>(await client.NextAsync())[0];
        var cluster = routes.VirtualHosts[0].Routes[0].Route_.Cluster;
        await client.AskAsync(XdsKind.Clusters, cluster);
        Assert.Equal(cluster, AdsCall.Unpack<Envoy.Cluster>(await client.NextAsync())[0].Name);
        await client.AskAsync(XdsKind.Endpoints, cluster);
        var endpoints = await client.NextAsync();
        Assert.Equal(["10.0.0.1:8080"], AddressesOf(endpoints));

        await client.AnswerAsync(endpoints, null, cluster);
        await orders.HeartbeatAsync(ServiceStatus.Draining);
        using var second = await _plane.RegisterAsync(Make.Register(id: "orders-2", port: 8081));
        await second.HeartbeatAsync(ServiceStatus.Healthy);
        List<string> seen;
        do
        {
            endpoints = await client.NextAsync();
            seen = AddressesOf(endpoints);
            await client.AnswerAsync(endpoints, null, cluster);
        }
        while (!seen.SequenceEqual(["10.0.0.1:8081"]));
    }

    [Fact]
    public async Task Every_valid_name_has_everything_and_no_other_has_anything()
    {
        _plane.Time.Advance(TimeSpan.FromSeconds(11));
        using var client = new AdsCall(_plane);
        await client.AskAsync(XdsKind.Listeners, "nobody", "No Name", "nobody.mesh");
        Assert.Equal(["nobody", "nobody.mesh"], AdsCall.Unpack<Envoy.Listener>(await client.NextAsync()).Select(one => one.Name));
        await client.AskAsync(XdsKind.Routes, "nobody");
        Assert.Equal("nobody", AdsCall.Unpack<Envoy.RouteConfiguration>(await client.NextAsync())[0].Name);
        await client.AskAsync(XdsKind.Clusters, "nobody", "nobody?version=v2", "nobody?v2");
        Assert.Equal(["nobody", "nobody?version=v2"], AdsCall.Unpack<Envoy.Cluster>(await client.NextAsync()).Select(one => one.Name));
        await client.AskAsync(XdsKind.Endpoints, "nobody");
        Assert.Empty(AddressesOf(await client.NextAsync()));
    }

    [Fact]
    public async Task Nobody_is_said_to_be_gone_before_instances_had_time_to_come_back()
    {
        using var client = new AdsCall(_plane);
        await client.AskAsync(XdsKind.Endpoints, "orders", "users");
        await client.ExpectNothingElseAsync();

        using var orders = await _plane.RegisterAsync();
        await orders.HeartbeatAsync(ServiceStatus.Healthy);
        // As it was registered, and perhaps once more since it is well.
        Envoy.DiscoveryResponse next;
        do
        {
            next = await client.NextAsync();
            Assert.Equal("orders", Assert.Single(AdsCall.Unpack<Envoy.ClusterLoadAssignment>(next)).ClusterName);
            await client.AnswerAsync(next, null, "orders", "users");
        }
        while (AdsCall.Unpack<Envoy.ClusterLoadAssignment>(next)[0].Endpoints[0].LbEndpoints[0].HealthStatus != Envoy.HealthStatus.Healthy);

        await orders.HeartbeatAsync();
        _plane.Time.Advance(TimeSpan.FromSeconds(9));
        await orders.HeartbeatAsync();
        _plane.Time.Advance(TimeSpan.FromSeconds(2));
        Assert.Equal("users", Assert.Single(AdsCall.Unpack<Envoy.ClusterLoadAssignment>(await client.NextAsync())).ClusterName);
    }

    [Fact]
    public async Task Whoever_begins_anew_is_sent_everything_whatever_version_it_names()
    {
        using var first = new AdsCall(_plane);
        await first.AskAsync(XdsKind.Clusters, "orders");
        var response = await first.NextAsync();
        using var again = new AdsCall(_plane);
        await again.SendAsync(XdsKind.Clusters, response.VersionInfo, "", ["orders"]);
        Assert.Equal(response.Resources, (await again.NextAsync()).Resources);
        // On the same stream, too.
        await again.SendAsync(XdsKind.Clusters, response.VersionInfo, "", ["orders"]);
        Assert.Equal(response.Resources, (await again.NextAsync()).Resources);
    }

    [Fact]
    public async Task A_stale_answer_is_none_but_what_it_asks_for_counts()
    {
        using var client = new AdsCall(_plane);
        await client.AskAsync(XdsKind.Clusters, "orders");
        var first = await client.NextAsync();
        await client.AnswerAsync(first, null, "orders", "users");
        var second = await client.NextAsync();
        Assert.Equal(2, second.Resources.Count);
        await client.AnswerAsync(first, "too late", "orders", "users");
        await client.ExpectNothingElseAsync();
        await client.AnswerAsync(first, null, "orders", "users", "payments");
        Assert.Equal(3, (await client.NextAsync()).Resources.Count);
    }

    [Fact]
    public async Task What_a_client_rejects_is_shown_and_not_sent_again_until_it_is_mended()
    {
        await _plane.Config.ApplyAsync(new() { Resources = { Limit("orders", 5) } });
        using var client = new AdsCall(_plane);
        await client.AskAsync(XdsKind.Clusters, "orders");
        await client.AnswerAsync(await client.NextAsync(), "no good\nat all", "orders");
        await client.ExpectNothingElseAsync();
        var shown = Assert.Single((await _plane.Config.ListReceiptsAsync(new() { Service = "orders" })).Clients);
        Assert.Equal(("client-1", false, "CDS orders: no good at all"), (shown.Client, shown.Applied, shown.Error));
        Assert.Equal("gRPC C-core linux Python C-core 29.0.0 Python 1.51.1", shown.Agent);

        await _plane.Config.ApplyAsync(new() { Resources = { Limit("orders", 6) } });
        var mended = await client.NextAsync();
        Assert.Equal(6u, AdsCall.Unpack<Envoy.Cluster>(mended)[0].CircuitBreakers.Thresholds[0].MaxRequests);
        await client.AnswerAsync(mended, null, "orders");
        await Bound.UntilAsync(async () => (await _plane.Config.ListReceiptsAsync(new() { Service = "orders" })).Clients is [{ Applied: true, Error: "" }]);
    }

    [Fact]
    public async Task Nothing_is_deleted_when_instances_and_configuration_go()
    {
        _plane.Time.Advance(TimeSpan.FromSeconds(11));
        await _plane.Config.ApplyAsync(new() { Resources = { Limit("orders", 5) } });
        var orders = await _plane.RegisterAsync();
        await orders.HeartbeatAsync(ServiceStatus.Healthy);
        using var client = new AdsCall(_plane);
        await client.AskAsync(XdsKind.Clusters, "orders", "users");
        var clusters = await client.NextAsync();
        await client.AnswerAsync(clusters, null, "orders", "users");
        await client.AskAsync(XdsKind.Endpoints, "orders");
        await client.AnswerAsync(await client.NextAsync(), null, "orders");

        await _plane.Config.DeleteAsync(new() { Service = "orders" });
        clusters = await client.NextAsync();
        Assert.Equal(["orders", "users"], AdsCall.Unpack<Envoy.Cluster>(clusters).Select(one => one.Name).Order());
        await _plane.Registry.DeregisterAsync(new() { Service = "orders", InstanceId = "orders-1" });
        Assert.Empty(AddressesOf(await client.NextAsync()));
        orders.Dispose();
    }

    [Fact]
    public async Task A_heartbeat_or_another_text_for_a_status_sends_nothing()
    {
        using var orders = await _plane.RegisterAsync();
        await orders.HeartbeatAsync(ServiceStatus.Healthy);
        using var client = new AdsCall(_plane);
        await client.AskAsync(XdsKind.Endpoints, "orders");
        await client.AnswerAsync(await client.NextAsync(), null, "orders");
        await orders.HeartbeatAsync(ServiceStatus.Healthy, "as before");
        await _plane.Config.ApplyAsync(new() { Resources = { Limit("orders", 5) } });
        await client.ExpectNothingElseAsync();
    }

    [Fact]
    public async Task A_response_is_waited_for_to_be_answered_before_changes_are_sent()
    {
        await _plane.Config.ApplyAsync(new() { Resources = { Limit("orders", 5) } });
        using var client = new AdsCall(_plane);
        await client.AskAsync(XdsKind.Clusters, "orders");
        var first = await client.NextAsync();
        for (var i = 6u; i < 10; i++)
        {
            await _plane.Config.ApplyAsync(new() { Resources = { Limit("orders", i) } });
        }

        await client.ExpectNothingElseAsync();
        await client.AnswerAsync(first, null, "orders");
        Assert.Equal(9u, AdsCall.Unpack<Envoy.Cluster>(await client.NextAsync())[0].CircuitBreakers.Thresholds[0].MaxRequests);
    }

    [Fact]
    public async Task A_stream_may_ask_for_so_many_names_and_no_more()
    {
        using var client = new AdsCall(_plane);
        await client.AskAsync(XdsKind.Clusters, [.. Enumerable.Range(0, XdsStream.MaxNames).Select(i => $"service-{i}")]);
        var all = await client.NextAsync();
        Assert.Equal(XdsStream.MaxNames, all.Resources.Count);
        Assert.InRange(all.CalculateSize(), 0, 4 * 1024 * 1024);
        await client.AskAsync(XdsKind.Clusters, [.. Enumerable.Range(0, XdsStream.MaxNames + 1).Select(i => $"service-{i}")]);
        var refused = await Assert.ThrowsAsync<RpcException>(client.NextAsync);
        Assert.Equal(
            (StatusCode.ResourceExhausted, "CDS: 5001 names are too many; a stream may ask for 5000 of a kind"), (refused.StatusCode, refused.Status.Detail));
    }

    [Fact]
    public async Task Deltas_are_not_served_and_clients_are_told_so()
    {
        var client = new Envoy.AggregatedDiscoveryService.AggregatedDiscoveryServiceClient(_plane.Connect());
        using var call = client.DeltaAggregatedResources(cancellationToken: Bound.Token());
        var refused = await Assert.ThrowsAsync<RpcException>(() => call.ResponseStream.MoveNext(Bound.Token()));
        Assert.Equal(StatusCode.Unimplemented, refused.StatusCode);
    }

    [Fact]
    public async Task Who_applies_what_clients_cannot_do_is_told_if_there_are_such_clients()
    {
        var config = Limit("orders", 5);
        config.Config.Timeouts = new() { PerTry = new() { Seconds = 1 } };
        Assert.Empty((await _plane.Config.ApplyAsync(new() { Resources = { config } })).Warnings);
        using var client = new AdsCall(_plane);
        await client.AskAsync(XdsKind.Clusters, "orders");
        await client.NextAsync();
        Assert.Equal(
            ["orders: config.timeouts.per_try: has no effect for clients without a sidecar"], (await _plane.Config.ApplyAsync(new() { Resources = { config }, DryRun = true })).Warnings);
    }

    [Fact]
    public async Task Clients_that_are_sent_the_same_share_its_bytes()
    {
        using var orders = await _plane.RegisterAsync();
        await orders.HeartbeatAsync(ServiceStatus.Healthy);
        foreach (var kind in XdsKind.All)
        {
            var first = _plane.ForClients.Find(kind, "orders", new ClientProfile(ClientClass.Go, "web", "eu/a"));
            Assert.NotNull(first);
            Assert.Same(first, _plane.ForClients.Find(kind, "orders", new ClientProfile(ClientClass.Go, "users", "us/b")));
        }
    }

    [Fact]
    public async Task What_would_be_more_than_clients_take_is_refused()
    {
        var config = new ServiceConfig { Retry = new() { Codes = { "UNAVAILABLE" }, Methods = { Enumerable.Range(0, 50).Select(i => $"/pkg.Shop/Method{i}") } } };
        for (var i = 0; i < 300; i++)
        {
            config.Routes.Add(new Mesh.V1.Route
            {
                Name = $"route-{i}",
                Match = new() { Headers = { Enumerable.Range(0, 4).Select(n => new HeaderMatch { Name = $"x-{n}", Exact = $"value-{i}", Invert = true }) } },
            });
        }

        var refused = await Assert.ThrowsAsync<RpcException>(async () => await _plane.Config.ApplyAsync(new() { Resources = { new ConfigResource { Service = "orders", Config = config } } }));
        Assert.Equal(StatusCode.InvalidArgument, refused.StatusCode);
        Assert.StartsWith("orders: config.routes: clients without a sidecar would be sent more than 3145728 bytes", refused.Status.Detail, StringComparison.Ordinal);
    }

    private static ConfigResource Limit(string service, uint limit) =>
        new() { Service = service, Config = new() { Limits = new() { MaxConcurrentRequests = limit } } };

    private static List<string> AddressesOf(Envoy.DiscoveryResponse response) =>
    [
        .. AdsCall.Unpack<Envoy.ClusterLoadAssignment>(response).SelectMany(one => one.Endpoints).SelectMany(one => one.LbEndpoints)
            .Select(one => one.Endpoint.Address.SocketAddress).Select(one => $"{one.Address}:{one.PortValue}").Order(StringComparer.Ordinal),
    ];
}
