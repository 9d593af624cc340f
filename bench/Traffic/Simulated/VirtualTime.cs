namespace Mesh.Bench.Traffic.Simulated;

/// <summary>A clock that goes on when it is told to, in ticks of 100 ns.</summary>
internal sealed class VirtualTime : TimeProvider
{
    private static readonly DateTimeOffset Beginning = new(2000, 1, 1, 0, 0, 0, TimeSpan.Zero);

    // Above zero, which some take for "never".
    private long _now = TimeSpan.TicksPerHour;

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    /// <summary>Goes on to this time; never back.</summary>
    public void GoTo(long ticks) => _now = Math.Max(_now, ticks);

    public override long GetTimestamp() => _now;

    public override DateTimeOffset GetUtcNow() => Beginning.AddTicks(_now);
}
