namespace Mesh.ControlPlane.Streams;

/// <summary>
/// How long a stream gathers changes before it sends again. The first change after a quiet time is sent at once; of a burst, what comes
/// within this is sent together. A change that concerns everybody is a burst of responses as well, and goes out at once. But when all
/// sidecars come back, every registration changes what thousands of them know, and sending each change by itself would leave no time for
/// their heartbeats, nor for whoever shares the machine: more than so many responses a second, over a longer time, and each stream gathers
/// for longer. Any thread.
/// </summary>
/// <param name="time">The clock.</param>
internal sealed class Pace(TimeProvider time)
{
    /// <summary>Nobody sees the difference, and a burst of a hundred changes is two responses.</summary>
    public static readonly TimeSpan Shortest = TimeSpan.FromMilliseconds(20);

    /// <summary>Whatever goes on, a sidecar's view is no older.</summary>
    public static readonly TimeSpan Longest = TimeSpan.FromSeconds(1);

    /// <summary>Of each response, which is acknowledged: 2,500 a second, a third of a core.</summary>
    public static readonly TimeSpan PerResponse = TimeSpan.FromMicroseconds(400);

    /// <summary>Responses beyond that which nobody waits for: 10,000.</summary>
    public static readonly TimeSpan Credit = TimeSpan.FromSeconds(4);

    private readonly long _perResponse = (long)(PerResponse.TotalSeconds * time.TimestampFrequency);

    /// <summary>When all that was sent is paid for, each response at its price.</summary>
    private long _paidAt = time.GetTimestamp();

    /// <summary>Between two responses of one stream, as things are.</summary>
    public TimeSpan Interval
    {
        get
        {
            var owed = time.GetElapsedTime(time.GetTimestamp(), Volatile.Read(ref _paidAt)) - Credit;
            return owed <= TimeSpan.Zero ? Shortest : owed < Longest - Shortest ? Shortest + owed : Longest;
        }
    }

    /// <summary>A response is sent.</summary>
    public void OnSent()
    {
        var now = time.GetTimestamp();
        // More is not owed than what makes everybody wait for the longest: it is over soon after the burst is.
        var most = now + (long)((Credit + Longest).TotalSeconds * time.TimestampFrequency);
        long paid;
        do
        {
            paid = Volatile.Read(ref _paidAt);
        }
        while (Interlocked.CompareExchange(ref _paidAt, Math.Min(most, Math.Max(paid, now) + _perResponse), paid) != paid);
    }
}
