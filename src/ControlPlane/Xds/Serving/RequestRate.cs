namespace Mesh.ControlPlane.Xds.Serving;

/// <summary>
/// How fast one stream's requests are read: each of them holds all names that its client wants, and is compared with what it had. A client that
/// begins asks thousands of times in a row; one that never stops waits. One thread.
/// </summary>
/// <param name="time">The clock.</param>
internal sealed class RequestRate(TimeProvider time)
{
    // Of a request: itself, and each thousand names. 1,000 a second, after 20,000 at once: one that opens 5,000 channels in a row, each of which sends the names of all
    // before it, need not wait.
    private const int NamesForOne = 1000;
    private static readonly TimeSpan Price = TimeSpan.FromMilliseconds(1);
    private static readonly TimeSpan Credit = TimeSpan.FromSeconds(20);

    private long _paidAt = time.GetTimestamp();

    /// <summary>One more was read.</summary>
    /// <returns>How long the next is to wait.</returns>
    public TimeSpan Take(int names)
    {
        var now = time.GetTimestamp();
        var price = (1 + (names / NamesForOne)) * Price;
        _paidAt = Math.Max(_paidAt, now) + (long)(price.TotalSeconds * time.TimestampFrequency);
        var left = time.GetElapsedTime(now, _paidAt) - Credit;
        return left > TimeSpan.Zero ? left : TimeSpan.Zero;
    }
}
