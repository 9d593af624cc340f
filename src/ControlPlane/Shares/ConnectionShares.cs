using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Http.Features;

namespace Mesh.ControlPlane.Shares;

/// <summary>
/// What one connection may take of the process's memory, by however many of its 1,000 streams. Who needs more opens another
/// connection, of which there are only so many. Lives as long as the connection. Any thread.
/// </summary>
internal sealed class ConnectionShares
{
    /// <summary>Streams of sidecars: each has one, and gateways may carry several.</summary>
    public const int MostSidecars = 100;

    /// <summary>Lists whose answers are not read: 1 MiB each.</summary>
    public const int MostLists = 8;

    // About 600 bytes each.
    private const long MostNames = 20_000;

    private const long MostMessageBytes = 16 * 1024 * 1024;

    private static readonly object Key = new();

    private int _sidecars;

    /// <summary>Of the bytes of messages that have not come whole.</summary>
    public Share Messages { get; } = new(MostMessageBytes);

    /// <summary>Of names that sidecars have subscribed to.</summary>
    public Share Names { get; } = new(MostNames);

    /// <summary>Of lists; those who find none wait.</summary>
    public SemaphoreSlim Lists { get; } = new(MostLists);

    /// <summary>Those of the connection that a call came on.</summary>
    public static ConnectionShares Of(HttpContext context)
    {
        var items = context.Features.GetRequiredFeature<IConnectionItemsFeature>().Items;
        // Streams of one connection begin on any thread.
        lock (items)
        {
            if (items.TryGetValue(Key, out var known))
            {
                return (ConnectionShares)known!;
            }

            var shares = new ConnectionShares();
            items[Key] = shares;
            return shares;
        }
    }

    /// <summary>One more sidecar's stream, unless there are too many.</summary>
    public bool TryEnterSidecar()
    {
        if (Interlocked.Increment(ref _sidecars) <= MostSidecars)
        {
            return true;
        }

        LeaveSidecar();
        return false;
    }

    public void LeaveSidecar() => Interlocked.Decrement(ref _sidecars);
}
