using Google.Protobuf.Collections;
using Grpc.Core;
using Mesh.ControlPlane.Registry;
using Mesh.ControlPlane.Shares;
using Mesh.ControlPlane.Streams;
using Mesh.V1;

namespace Mesh.ControlPlane.Tests.Api;

public sealed class DiscoveryApiTests : IAsyncLifetime
{
    private TestPlane _plane = null!;

    public async Task InitializeAsync() => _plane = await TestPlane.StartAsync(Make.Undamped);

    public async Task DisposeAsync() => await _plane.DisposeAsync();

    [Fact]
    public async Task A_sidecar_is_sent_what_it_subscribes_to_and_each_change_of_it()
    {
        using var call = await ConnectAsync("orders");
        Assert.All((await NextAsync(call)).Resources, resource => Assert.Equal((true, 0L), (resource.Absent, resource.Version)));

        using var orders = await _plane.RegisterAsync();
        Assert.Equal("orders-1", Assert.Single(EndpointsOf(await NextAsync(call))).Id);
        await _plane.Config.ApplyAsync(new() { Resources = { Make.Config("orders", 4) } });
        Assert.Equal(4u, ServiceConfig.Parser.ParseFrom(Assert.Single((await NextAsync(call)).Resources).Body).Retry.MaxAttempts);
        await orders.HeartbeatAsync(ServiceStatus.Healthy);
        Assert.Equal(ServiceStatus.Healthy, EndpointsOf(await NextAsync(call))[0].Status);
    }

    [Fact]
    public async Task A_sidecar_that_does_not_read_is_sent_the_newest_state_and_no_backlog()
    {
        var registration = Make.Registration();
        for (var i = 0; i < 50; i++)
        {
            registration.Instance.Metadata.Add($"label-{i}", new string('x', 200));
        }

        using var holder = new LeaseHolder();
        await _plane.Model.RegisterAsync(registration, holder);
        using var slow = await ConnectAsync("orders");
        using var quick = await ConnectAsync("orders");
        const int changes = 1000;
        var seen = 0u;
        for (var i = 1u; i <= changes; i++)
        {
            registration.Instance.Port = i;
            await _plane.Model.RegisterAsync(registration, holder);
            while (seen < i)
            {
                seen = PortOf(await NextAsync(quick)) ?? seen;
            }
        }

        var received = 0;
        uint? last = null;
        while (last != changes)
        {
            last = PortOf(await NextAsync(slow));
            received++;
        }

        Assert.InRange(received, 1, changes / 2);
    }

    [Fact]
    public async Task A_connection_carries_so_many_sidecars_streams_and_no_more_and_others_are_not_concerned()
    {
        using var channel = _plane.Connect();
        var client = new Discovery.DiscoveryClient(channel);
        for (var i = 0; i < ConnectionShares.MostSidecars; i++)
        {
            await GreetAsync(client.Connect());
        }

        var refused = await Assert.ThrowsAsync<RpcException>(() => GreetAsync(client.Connect()));
        Assert.Equal(
            (StatusCode.ResourceExhausted, "100 sidecars have their stream on this connection already, and no more may: open another one"),
            (refused.StatusCode, refused.Status.Detail));
        await GreetAsync(_plane.Discovery.Connect());

        static async Task GreetAsync(AsyncDuplexStreamingCall<DiscoveryRequest, DiscoveryResponse> call)
        {
            await call.RequestStream.WriteAsync(new() { Hello = new() });
            Assert.True(await call.ResponseStream.MoveNext(Bound.Token()));
        }
    }

    [Fact]
    public async Task Acks_and_rejections_show_on_the_metrics_page()
    {
        await _plane.Config.ApplyAsync(new() { Resources = { Make.Config("orders", 4) } });
        using var call = await ConnectAsync("orders");
        var rejected = new V1.RejectedResource { Kind = "policy", Name = "orders", Error = "no \"such\"\ncode" };
        await call.RequestStream.WriteAsync(new() { Ack = new Ack { Nonce = (await NextAsync(call)).Nonce, Rejected = { rejected } } });
        // Answered after what was sent before it.
        await call.RequestStream.WriteAsync(new() { Subscribe = new Subscribe { Services = { "users" } } });
        await NextAsync(call);

        var metrics = await _plane.Pages.GetStringAsync("/metrics");
        Assert.Contains("mesh_discovery_acks_total 1\n", metrics, StringComparison.Ordinal);
        Assert.Contains("mesh_discovery_rejects_total 1\n", metrics, StringComparison.Ordinal);
        Assert.Contains("mesh_discovery_streams 1\n", metrics, StringComparison.Ordinal);
        Assert.Contains(
            "mesh_discovery_rejected{sidecar=\"web/web-1\",resource=\"policy\",service=\"orders\",error=\"no \\\"such\\\" code\"} 1\n",
            metrics, StringComparison.Ordinal);
    }

    [Fact]
    public async Task One_who_has_nothing_more_to_ask_goes_on_listening()
    {
        using var call = await ConnectAsync("orders");
        await call.RequestStream.CompleteAsync();
        await NextAsync(call);
        using var orders = await _plane.RegisterAsync();
        Assert.Single(EndpointsOf(await NextAsync(call)));
    }

    [Theory]
    [InlineData("{ \"subscribe\": { \"services\": [\"orders\"] } }", "hello: must be the first message")]
    [InlineData("{ }", "hello: must be the first message")]
    [InlineData("{ \"hello\": { \"service\": \"No Name\" } }", "hello.service: 'No Name' is not a name")]
    [InlineData("{ \"hello\": { \"instanceId\": \"a\\nb\" } }", "hello.instance_id: has a control character (U+000A) at position 2; leave it out")]
    public Task A_bad_first_message_is_refused(string first, string fault) => AssertRefused(StatusCode.InvalidArgument, fault, first);

    [Theory]
    [InlineData("{ \"hello\": { } }", "hello: is given more than once")]
    [InlineData("{ }", "request: must be a subscribe, an unsubscribe, an ack, a holding, signals, demands or calls")]
    [InlineData("{ \"subscribe\": { \"services\": [\"orders\", \"-x\"] } }", "subscribe.services[1]: '-x' is not a name")]
    public Task A_bad_later_message_is_refused(string later, string fault) =>
        AssertRefused(StatusCode.InvalidArgument, fault, "{ \"hello\": { } }", later);

    [Fact]
    public async Task Too_many_subscriptions_are_refused()
    {
        using var call = await ConnectAsync([.. Enumerable.Range(0, 10_001).Select(i => $"s{i}")]);
        Assert.Equal(StatusCode.ResourceExhausted, (await Assert.ThrowsAsync<RpcException>(() => NextAsync(call))).StatusCode);
    }

    [Fact]
    public async Task A_sidecar_that_asks_without_end_and_reads_nothing_is_owed_no_more_than_it_has_subscribed()
    {
        using var call = _plane.Discovery.Connect(cancellationToken: Bound.Token());
        await call.RequestStream.WriteAsync(new() { Hello = new Hello { Service = "web", InstanceId = "web-1" } });
        for (var i = 0; i < 3000; i++)
        {
            await call.RequestStream.WriteAsync(new() { Subscribe = new Subscribe { Services = { $"s{i % 10}" } } });
            await call.RequestStream.WriteAsync(new() { Ack = new Ack { Nonce = i } });
            await call.RequestStream.WriteAsync(new() { Unsubscribe = new Unsubscribe { Services = { $"s{i % 10}" } } });
        }

        await call.RequestStream.WriteAsync(new() { Subscribe = new Subscribe { Services = { "last" } } });
        var responses = 0;
        while ((await NextAsync(call)).Resources.All(resource => resource.Name != "last"))
        {
            responses++;
        }

        // Its first ones may have been answered before the others came.
        Assert.InRange(responses, 1, 50);
    }

    private async Task AssertRefused(StatusCode code, string fault, params string[] messages)
    {
        using var call = _plane.Discovery.Connect(cancellationToken: Bound.Token());
        foreach (var message in messages)
        {
            await call.RequestStream.WriteAsync(DiscoveryRequest.Parser.ParseJson(message));
        }

        var refused = await Assert.ThrowsAsync<RpcException>(async () =>
        {
            while (true)
            {
                await NextAsync(call);
            }
        });
        Assert.Equal(code, refused.StatusCode);
        Assert.StartsWith(fault, refused.Status.Detail, StringComparison.Ordinal);
    }

    private async Task<AsyncDuplexStreamingCall<DiscoveryRequest, DiscoveryResponse>> ConnectAsync(params string[] services)
    {
        var call = _plane.Discovery.Connect(cancellationToken: Bound.Token());
        await call.RequestStream.WriteAsync(new() { Hello = new Hello { Service = "web", InstanceId = "web-1" } });
        Assert.NotEmpty((await NextAsync(call)).StoreId);
        await call.RequestStream.WriteAsync(new() { Subscribe = new Subscribe { Services = { services } } });
        return call;
    }

    /// <summary>The next response, however long it gathers.</summary>
    private async Task<DiscoveryResponse> NextAsync(AsyncDuplexStreamingCall<DiscoveryRequest, DiscoveryResponse> call)
    {
        var next = call.ResponseStream.MoveNext(Bound.Token());
        await Bound.UntilAsync(() =>
        {
            if (!next.IsCompleted)
            {
                _plane.Time.Advance(Pace.Shortest);
            }

            return next.IsCompleted;
        });
        Assert.True(await next);
        return call.ResponseStream.Current;
    }

    private static RepeatedField<Endpoint> EndpointsOf(DiscoveryResponse response) =>
        ServiceEndpoints.Parser.ParseFrom(response.Resources.Single(resource => resource.Kind == "endpoints").Body).Endpoints;

    private static uint? PortOf(DiscoveryResponse response) => response.Resources.Any(resource => resource.Kind == "endpoints")
        ? uint.Parse(EndpointsOf(response)[0].Address.Split(':')[1], System.Globalization.CultureInfo.InvariantCulture)
        : null;
}
