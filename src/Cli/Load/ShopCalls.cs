using System.Net;
using Grpc.Core;
using Mesh.Demo.V1;

namespace Mesh.Cli.Load;

/// <summary>
/// Makes real calls on the shop and looks at what comes back: an answer that is wrong is a failure as much as a status
/// is. Any thread; each call is recorded.
/// </summary>
internal sealed class ShopCalls(ServiceChannels channels, TimeProvider time)
{
    /// <summary>u-100 has no credit.</summary>
    private const int Buyers = 99;

    private const int UploadedItems = 20;
    private const int ChatTurns = 5;

    /// <summary>What the catalog has, with its prices.</summary>
    private static readonly (string Sku, int PriceCents)[] Items = [("pen", 150), ("ink", 700), ("pad", 320), ("clip", 95)];

    /// <summary>Far above what any call takes on a busy machine too, so that only one that hangs is seen as a failure.</summary>
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(1);

    private readonly Users.UsersClient _users = new(channels.To("users"));
    private readonly Orders.OrdersClient _orders = new(channels.To("orders"));

    /// <summary>Makes one call, or for <see cref="CallKind.WatchOrder"/> two: an order is placed, then watched.</summary>
    /// <param name="kind">Which call.</param>
    /// <param name="number">Makes calls differ: the user, the item.</param>
    /// <param name="log">Where its outcome goes. A call that <paramref name="cancellation"/> ends is not recorded.</param>
    /// <param name="cancellation">Ends the call.</param>
    public async Task MakeAsync(CallKind kind, int number, CallLog log, CancellationToken cancellation)
    {
        if (kind == CallKind.WatchOrder)
        {
            var order = await Record(CallKind.PlaceOrder, log, () => PlaceOrder(number, cancellation), cancellation);
            if (order is not null)
            {
                await Record(kind, log, () => WatchOrder(order, cancellation), cancellation);
            }
        }
        else if (kind == CallKind.PlaceOrder)
        {
            await Record(kind, log, () => PlaceOrder(number, cancellation), cancellation);
        }
        else if (kind == CallKind.UploadItems)
        {
            await Record(kind, log, () => UploadItems(cancellation), cancellation);
        }
        else if (kind == CallKind.Chat)
        {
            await Record(kind, log, () => Chat(number, cancellation), cancellation);
        }
        else if (kind == CallKind.GetItem)
        {
            await Record(kind, log, () => GetItem(number, cancellation), cancellation);
        }
        else if (await Record(kind, log, () => GetUser(number, cancellation), cancellation) is { } user)
        {
            log.Served(user.ServedBy);
        }
    }

    private async Task<T?> Record<T>(CallKind kind, CallLog log, Func<Task<T>> call, CancellationToken cancellation)
        where T : class
    {
        var start = time.GetTimestamp();
        try
        {
            var answer = await call();
            log.Succeeded(kind, time.GetElapsedTime(start));
            return answer;
        }
        catch (Exception) when (cancellation.IsCancellationRequested)
        {
            return null;
        }
        catch (RpcException error)
        {
            // What came from the other end says itself what it is; of what did not, the cause alone does not name the address.
            var why = error.Status.DebugException is { } cause ? $"{channels.To(kind.Service).Target}: {cause.Message}" : error.Status.Detail;
            log.Failed(kind, time.GetElapsedTime(start), $"{error.StatusCode}: {why}");
        }
        catch (HttpRequestException error)
        {
            log.Failed(kind, time.GetElapsedTime(start), $"{channels.To(kind.Service).Target}: {error.Message}");
        }
        catch (WrongAnswerException error)
        {
            log.Failed(kind, time.GetElapsedTime(start), error.Message);
        }

        return null;
    }

    private async Task<User> GetUser(int number, CancellationToken cancellation)
    {
        var id = UserId(number);
        var user = await _users.GetUserAsync(new GetUserRequest { Id = id }, Options(cancellation));
        Expect(user.Id == id, $"asked for {id} and got '{user.Id}'");
        return user;
    }

    private async Task<Order> PlaceOrder(int number, CancellationToken cancellation)
    {
        var request = new PlaceOrderRequest
        {
            UserId = UserId(number),
            Items = { new Item { Sku = "pen", Quantity = 2, PriceCents = 150 }, new Item { Sku = "ink", Quantity = 1, PriceCents = 700 } },
        };
        var order = await _orders.PlaceOrderAsync(request, Options(cancellation));
        Expect(order.TotalCents == 1000, $"an order of 1000 cents came back with {order.TotalCents}");
        Expect(order.PaymentId.Length > 0, "an order came back without a payment");
        return order;
    }

    private async Task<Order> WatchOrder(Order order, CancellationToken cancellation)
    {
        var states = new List<OrderState>();
        using var call = _orders.WatchOrder(new WatchOrderRequest { OrderId = order.Id }, Options(cancellation));
        await foreach (var change in call.ResponseStream.ReadAllAsync(cancellation))
        {
            states.Add(change.State);
        }

        Expect(
            states is [OrderState.Placed, OrderState.Paid, OrderState.Shipped, OrderState.Delivered],
            $"order {order.Id} went through {string.Join(", ", states)}");
        return order;
    }

    private async Task<UploadSummary> UploadItems(CancellationToken cancellation)
    {
        using var call = _orders.UploadItems(Options(cancellation));
        for (var i = 0; i < UploadedItems; i++)
        {
            await call.RequestStream.WriteAsync(new Item { Sku = $"item-{i}", Quantity = 1, PriceCents = 10 }, cancellation);
        }

        await call.RequestStream.CompleteAsync();
        var summary = await call;
        Expect(
            summary is { Items: UploadedItems, TotalCents: UploadedItems * 10 },
            $"{UploadedItems} items of 10 cents came back as {summary.Items} for {summary.TotalCents}");
        return summary;
    }

    // Each message waits for its answer: a mesh that holds back a stream's messages would not get past the first.
    private async Task<ChatMessage> Chat(int number, CancellationToken cancellation)
    {
        var last = new ChatMessage();
        using var call = _orders.Chat(Options(cancellation));
        for (var turn = 0; turn < ChatTurns; turn++)
        {
            var text = $"question {number}.{turn}";
            await call.RequestStream.WriteAsync(new ChatMessage { From = "client", Text = text }, cancellation);
            Expect(await call.ResponseStream.MoveNext(cancellation), $"the chat ended before the answer to '{text}'");
            last = call.ResponseStream.Current;
            Expect(last.Text.EndsWith(text, StringComparison.Ordinal), $"'{text}' was answered with '{last.Text}'");
        }

        await call.RequestStream.CompleteAsync();
        Expect(!await call.ResponseStream.MoveNext(cancellation), "the chat went on after its end");
        return last;
    }

    private async Task<string> GetItem(int number, CancellationToken cancellation)
    {
        var (sku, price) = Items[number % Items.Length];
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        limit.CancelAfter(Limit);
        try
        {
            using var answer = await channels.PagesOf(CallKind.GetItem.Service).GetAsync(new Uri($"items/{sku}", UriKind.Relative), limit.Token);
            var text = await answer.Content.ReadAsStringAsync(limit.Token);
            Expect(answer.StatusCode == HttpStatusCode.OK, $"items/{sku} was answered {(int)answer.StatusCode}: {text}");
            Expect(text.Contains($"\"price_cents\":{price},", StringComparison.Ordinal), $"{sku} costs {price} cents, and came back as {text}");
            return text;
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            throw new WrongAnswerException($"items/{sku} was not answered within {Limit.TotalSeconds:0} s");
        }
    }

    private CallOptions Options(CancellationToken cancellation) =>
        new(deadline: (time.GetUtcNow() + Limit).UtcDateTime, cancellationToken: cancellation);

    private static string UserId(int number) => $"u-{(number % Buyers) + 1}";

    private static void Expect(bool holds, string otherwise)
    {
        if (!holds)
        {
            throw new WrongAnswerException(otherwise);
        }
    }

    private sealed class WrongAnswerException(string message) : Exception(message);
}
