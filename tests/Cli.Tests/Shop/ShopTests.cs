using Grpc.Core;
using Grpc.Health.V1;
using Grpc.Reflection.V1Alpha;
using Mesh.Cli.Load;
using Mesh.Demo.V1;

namespace Mesh.Cli.Tests.Shop;

public sealed class ShopTests(Shop shop) : IClassFixture<Shop>
{
    private readonly CallOptions _options = new(deadline: TimeProvider.System.GetUtcNow().UtcDateTime + Built.Limit);

    [Fact]
    public async Task Calls_of_all_four_shapes_and_over_http_1_are_answered_rightly()
    {
        var log = new CallLog();
        var workload = new Workload(new ShopCalls(shop.Channels, TimeProvider.System), TimeProvider.System);
        await workload.RunAsync(CallKind.All.ToDictionary(kind => kind, _ => 10), 8, log, default);

        Assert.Empty(log.Failures);
        var made = log.Take().ToDictionary(entry => entry.Key, entry => entry.Value.Calls);
        // Each order that is watched is placed first.
        var expected = CallKind.All.ToDictionary(kind => kind, kind => kind == CallKind.PlaceOrder ? 20 : 10);
        Assert.Equal(expected.OrderBy(entry => entry.Key.Method), made.OrderBy(entry => entry.Key.Method));
        Assert.Equal([new("users-7", 10L)], log.ServedBy());
    }

    [Fact]
    public async Task A_steady_load_ends_when_told_and_leaves_no_call_half_done()
    {
        var log = new CallLog();
        using var stop = new CancellationTokenSource();
        var load = new Workload(new ShopCalls(shop.Channels, TimeProvider.System), TimeProvider.System).RunSteadilyAsync(200, log, stop.Token);
        while (log.ServedBy().Values.Sum() < 20)
        {
            await Task.Yield();
        }

        await stop.CancelAsync();
        await load.WaitAsync(Built.Limit);
        Assert.Empty(log.Failures);
    }

    [Fact]
    public async Task An_order_is_charged_and_the_user_is_told()
    {
        var order = await Orders.PlaceOrderAsync(Order("u-42", new Item { Sku = "pen", Quantity = 3, PriceCents = 250 }), _options);
        Assert.Equal((750, OrderState.Placed, "u-42"), (order.TotalCents, order.State, order.UserId));
        Assert.NotEmpty(order.PaymentId);

        var notifications = new Notifications.NotificationsClient(shop.Channels.To("notifications"));
        var sent = await notifications.ListNotificationsAsync(new ListNotificationsRequest { UserId = "u-42" }, _options);
        Assert.Contains(sent.Notifications, notification => notification.Text.Contains($"order {order.Id} is placed"));
    }

    [Theory]
    [InlineData("u-101", 1, 100, StatusCode.NotFound, "no such user 'u-101'")]
    [InlineData("u-100", 1, 100, StatusCode.FailedPrecondition, "not enough credit")]
    [InlineData("u-1", 0, 100, StatusCode.InvalidArgument, "items[0].quantity")]
    [InlineData("u-1", 1, -5, StatusCode.InvalidArgument, "items[0].price_cents")]
    [InlineData("u-1", uint.MaxValue, long.MaxValue, StatusCode.InvalidArgument, "the total exceeds")]
    public async Task An_order_that_cannot_be_is_refused_with_the_reason(string user, uint quantity, long price, StatusCode status, string detail)
    {
        var error = await Assert.ThrowsAsync<RpcException>(async () =>
            await Orders.PlaceOrderAsync(Order(user, new Item { Sku = "pen", Quantity = quantity, PriceCents = price }), _options));
        Assert.Equal(status, error.StatusCode);
        Assert.Contains(detail, error.Status.Detail);
    }

    [Fact]
    public async Task An_order_without_items_is_refused()
    {
        var error = await Assert.ThrowsAsync<RpcException>(async () => await Orders.PlaceOrderAsync(Order("u-1"), _options));
        Assert.Equal(StatusCode.InvalidArgument, error.StatusCode);
    }

    [Fact]
    public async Task An_order_nobody_placed_cannot_be_watched()
    {
        using var call = Orders.WatchOrder(new WatchOrderRequest { OrderId = "o-0" }, _options);
        var error = await Assert.ThrowsAsync<RpcException>(() => call.ResponseStream.MoveNext());
        Assert.Equal(StatusCode.NotFound, error.StatusCode);
    }

    [Theory]
    [InlineData("users", "")]
    [InlineData("orders", "demo.v1.Orders")]
    public async Task Each_says_that_it_is_healthy(string service, string asked)
    {
        var health = new Health.HealthClient(shop.Channels.To(service));
        var response = await health.CheckAsync(new HealthCheckRequest { Service = asked }, _options);
        Assert.Equal(HealthCheckResponse.Types.ServingStatus.Serving, response.Status);
    }

    [Fact]
    public async Task Each_shows_by_reflection_what_it_serves()
    {
        using var call = new ServerReflection.ServerReflectionClient(shop.Channels.To("payments")).ServerReflectionInfo(_options);
        await call.RequestStream.WriteAsync(new ServerReflectionRequest { ListServices = "" });
        Assert.True(await call.ResponseStream.MoveNext());
        var names = call.ResponseStream.Current.ListServicesResponse.Service.Select(service => service.Name);
        Assert.Contains("demo.v1.Payments", names);
        Assert.DoesNotContain("demo.v1.Orders", names);
        await call.RequestStream.CompleteAsync();
    }

    [Fact]
    public async Task A_probe_of_a_healthy_service_exits_0()
    {
        var code = await Meshctl.RunAsync(["probe", $"grpc://{shop.Address("users")}/demo.v1.Users"], TextWriter.Null, TextWriter.Null, default);
        Assert.Equal(0, code);
    }

    private Orders.OrdersClient Orders => new(shop.Channels.To("orders"));

    private static PlaceOrderRequest Order(string user, params Item[] items) => new() { UserId = user, Items = { items } };
}
