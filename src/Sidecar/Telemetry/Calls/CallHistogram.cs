
namespace Mesh.Sidecar.Telemetry.Calls;

/// <summary>
/// How long calls took. Written by one loop, read by anybody: a reader may see a call in the sum and not yet in the count.
/// </summary>
internal sealed class CallHistogram
{
    /// <summary>Upper bounds in seconds; the last bucket is what is above them all.</summary>
    public static readonly double[] Bounds =
        [0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

    private static readonly long[] Ticks = Array.ConvertAll(Bounds, b => (long)(b * TimeSpan.TicksPerSecond));

    private readonly long[] _buckets = new long[Bounds.Length + 1];
    private long _sum;

    /// <summary>In ticks.</summary>
    public long Sum => Volatile.Read(ref _sum);

    public long Bucket(int index) => Volatile.Read(ref _buckets[index]);

    public void Observe(long ticks)
    {
        var index = 0;
        while (index < Ticks.Length && ticks > Ticks[index])
        {
            index++;
        }

        // One writer: plain additions, written so that no reader sees half of one.
        Volatile.Write(ref _sum, _sum + ticks);
        Volatile.Write(ref _buckets[index], _buckets[index] + 1);
    }
}
