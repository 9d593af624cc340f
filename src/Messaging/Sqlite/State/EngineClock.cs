namespace Mesh.Messaging.Sqlite.State;

/// <summary>
/// The time by which leases, delays and lives run: the wall clock's when the engine started, and from then on what has really passed. Whoever
/// sets the clock moves none of them.
/// </summary>
internal sealed class EngineClock(TimeProvider time)
{
    private readonly long _base = time.GetUtcNow().ToUnixTimeMilliseconds();
    private readonly long _start = time.GetTimestamp();

    /// <summary>In milliseconds.</summary>
    public long Now => _base + (long)time.GetElapsedTime(_start).TotalMilliseconds;

    /// <summary>What people and other machines call the time, to the millisecond.</summary>
    public DateTimeOffset Wall => DateTimeOffset.FromUnixTimeMilliseconds(time.GetUtcNow().ToUnixTimeMilliseconds());
}
