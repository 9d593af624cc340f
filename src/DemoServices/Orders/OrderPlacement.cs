using Google.Protobuf.WellKnownTypes;
using Grpc.Core;
using Mesh.Demo.V1;

namespace Mesh.DemoServices.Orders;

/// <summary>
/// Places one order: users, then payments, then the book, then notifications. The caller's deadline goes along with
/// each call.
/// </summary>
internal sealed class OrderPlacement(
    OrderBook book,
    Demo.V1.Users.UsersClient users,
    Demo.V1.Payments.PaymentsClient payments,
    Demo.V1.Notifications.NotificationsClient notifications,
    TimeProvider time,
    ILogger<OrderPlacement> log)
{
    public async Task<Order> PlaceAsync(PlaceOrderRequest request, CancellationToken cancellation)
    {
        var order = new Order
        {
            UserId = request.UserId,
            Items = { request.Items },
            TotalCents = Basket.Total(request.Items),
        };

        await Called("users", () => users.GetUserAsync(new GetUserRequest { Id = order.UserId }, cancellationToken: cancellation));

        order.Id = book.NextId();
        var charge = new ChargeRequest { UserId = order.UserId, OrderId = order.Id, AmountCents = order.TotalCents };
        var payment = await Called("payments", () => payments.ChargeAsync(charge, cancellationToken: cancellation));

        order.PaymentId = payment.Id;
        order.CreateTime = time.GetUtcNow().ToTimestamp();
        book.Add(order);

        await Notify(order, cancellation);
        return order;
    }

    private static async Task<T> Called<T>(string service, Func<AsyncUnaryCall<T>> call)
    {
        try
        {
            return await call();
        }
        catch (RpcException error)
        {
            throw Refusal.From(service, error);
        }
    }

    // The order is paid and stored: that nobody hears of it is no reason to fail it.
    private async Task Notify(Order order, CancellationToken cancellation)
    {
        try
        {
            var text = $"order {order.Id} is placed: {order.Items.Count} items, {order.TotalCents} cents";
            await notifications.NotifyAsync(new NotifyRequest { UserId = order.UserId, Text = text }, cancellationToken: cancellation);
        }
        catch (RpcException error)
        {
            log.LogWarning("order {Order}: nobody was notified: {Status}", order.Id, error.Status);
        }
    }
}
