using Mesh.Demo.V1;

namespace Mesh.DemoServices.Orders;

/// <summary>What may be ordered, and what it costs.</summary>
internal static class Basket
{
    private const int MaxItems = 100;

    /// <summary>The sum of an order's items in cents, above 0.</summary>
    /// <exception cref="Grpc.Core.RpcException">INVALID_ARGUMENT: what is wrong, by field.</exception>
    public static long Total(IReadOnlyList<Item> items)
    {
        if (items.Count is 0 or > MaxItems)
        {
            throw Refusal.Invalid($"items: an order has 1 to {MaxItems}, not {items.Count}");
        }

        var total = 0L;
        for (var i = 0; i < items.Count; i++)
        {
            total = Add(total, items[i], $"items[{i}]");
        }

        return total > 0 ? total : throw Refusal.Invalid("items: an order that costs nothing cannot be paid");
    }

    /// <summary>A sum so far and one more item.</summary>
    /// <param name="place">Names the item in an error.</param>
    /// <exception cref="Grpc.Core.RpcException">INVALID_ARGUMENT: what is wrong, by field.</exception>
    public static long Add(long total, Item item, string place)
    {
        if (item.Quantity == 0)
        {
            throw Refusal.Invalid($"{place}.quantity: must be above 0");
        }

        if (item.PriceCents < 0)
        {
            throw Refusal.Invalid($"{place}.price_cents: {item.PriceCents} is below 0");
        }

        var sum = total + (Int128)item.Quantity * item.PriceCents;
        return sum <= long.MaxValue ? (long)sum : throw Refusal.Invalid($"{place}: the total exceeds {long.MaxValue} cents");
    }
}
