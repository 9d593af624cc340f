using Google.Protobuf.WellKnownTypes;
using Grpc.Core;
using Mesh.Demo.V1;
using Mesh.DemoServices.Messaging;

namespace Mesh.DemoServices.Orders;

/// <summary>
/// Places one order: users, then payments, then the book, an event, then notifications. The caller's deadline goes along with
/// each call.
/// </summary>
internal sealed class OrderPlacement(
    OrderBook book,
    Demo.V1.Users.UsersClient users,
    Demo.V1.Payments.PaymentsClient payments,
    Demo.V1.Notifications.NotificationsClient notifications,
    TimeProvider time,
    ILogger<OrderPlacement> log,
    EventPublisher? publisher = null)
{
    private const string Created = "order.created";
    private const int PublishAttempts = 50;

    // Orders of an instance before this one may have had the same ids.
    private readonly string _run = Guid.NewGuid().ToString("n")[..8];

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

        if (publisher is not null)
        {
            // Whoever has gone meanwhile has an order all the same, and that is told.
            await publisher.PublishAsync([EventPublisher.Of(Created, $"{_run}/{order.Id}", order.Id, order)], PublishAttempts, CancellationToken.None);
        }

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
