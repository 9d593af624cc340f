namespace Mesh.ControlPlane.Streams;

/// <summary>
/// How long a stream gathers changes before it sends again. The first change after a quiet time is sent at once; of a burst,
/// what comes within this is sent together. It grows with the streams that have something to send: when all sidecars come
/// back at once, every registration changes what thousands of them know, and sending each change by itself would leave no
/// time for their heartbeats. Any thread.
/// </summary>
internal sealed class Pace
{
    /// <summary>Nobody sees the difference, and a burst of a hundred changes is two responses.</summary>
    public static readonly TimeSpan Shortest = TimeSpan.FromMilliseconds(20);

    /// <summary>Whatever goes on, a sidecar's view is no older.</summary>
    public static readonly TimeSpan Longest = TimeSpan.FromSeconds(1);

    /// <summary>What sending to one stream may take of all cores: 10,000 responses a second.</summary>
    private static readonly TimeSpan PerStream = TimeSpan.FromMicroseconds(100);

    private int _waiting;

    /// <summary>Between two responses of one stream, as things are.</summary>
    public TimeSpan Interval
    {
        get
        {
            var interval = Shortest + (PerStream * Volatile.Read(ref _waiting));
            return interval < Longest ? interval : Longest;
        }
    }

    /// <summary>A stream has something to send.</summary>
    public void OnWaiting() => Interlocked.Increment(ref _waiting);

    /// <summary>It has not any more.</summary>
    public void OnSent() => Interlocked.Decrement(ref _waiting);
}
