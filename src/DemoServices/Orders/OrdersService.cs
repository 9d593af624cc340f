using Grpc.Core;
using Mesh.Demo.V1;

namespace Mesh.DemoServices.Orders;

/// <summary><c>demo.v1.Orders</c>: all four shapes of a call; placing an order calls the other services.</summary>
internal sealed class OrdersService(OrderBook book, OrderPlacement placement) : Demo.V1.Orders.OrdersBase
{
    public override Task<Order> PlaceOrder(PlaceOrderRequest request, ServerCallContext context) =>
        placement.PlaceAsync(request, context.CancellationToken);

    public override async Task WatchOrder(WatchOrderRequest request, IServerStreamWriter<OrderEvent> responseStream, ServerCallContext context)
    {
        var life = book.Find(request.OrderId) ?? throw Refusal.NotFound($"no such order '{request.OrderId}'");
        for (var position = 0; await life.EventAsync(position, context.CancellationToken) is { } change; position++)
        {
            await responseStream.WriteAsync(change, context.CancellationToken);
        }
    }

    public override async Task<UploadSummary> UploadItems(IAsyncStreamReader<Item> requestStream, ServerCallContext context)
    {
        var summary = new UploadSummary();
        await foreach (var item in requestStream.ReadAllAsync(context.CancellationToken))
        {
            summary.TotalCents = Basket.Add(summary.TotalCents, item, $"item {summary.Items}");
            summary.Items++;
        }

        return summary;
    }

    public override async Task Chat(IAsyncStreamReader<ChatMessage> requestStream, IServerStreamWriter<ChatMessage> responseStream, ServerCallContext context)
    {
        await foreach (var message in requestStream.ReadAllAsync(context.CancellationToken))
        {
            var answer = new ChatMessage { From = "support", Text = $"{message.From} said: {message.Text}" };
            await responseStream.WriteAsync(answer, context.CancellationToken);
        }
    }
}
