namespace Mesh.Messaging.State;

/// <summary>
/// The time by which leases, delays and lives run: the wall clock's when the engine started, and from then on what has really passed. Whoever
/// sets the clock moves none of them.
/// </summary>
/// <param name="time">What passes.</param>
/// <param name="shared">What time other engines have now; null: the wall clock's.</param>
internal sealed class EngineClock(TimeProvider time, long? shared = null)
{
    private readonly long _base = shared ?? time.GetUtcNow().ToUnixTimeMilliseconds();
    private readonly long _start = time.GetTimestamp();

    /// <summary>In milliseconds.</summary>
    public long Now => _base + (long)time.GetElapsedTime(_start).TotalMilliseconds;

    /// <summary>What people and other machines call the time, to the millisecond.</summary>
    public DateTimeOffset Wall => DateTimeOffset.FromUnixTimeMilliseconds(time.GetUtcNow().ToUnixTimeMilliseconds());
}
