namespace Mesh.Policy.Tests;

/// <summary>Moments in ticks, as the policies take them.</summary>
internal static class Time
{
    public static long Seconds(double seconds) => (long)(seconds * TimeSpan.TicksPerSecond);

    public static long Millis(double milliseconds) => (long)(milliseconds * TimeSpan.TicksPerMillisecond);
}
