using Google.Protobuf.WellKnownTypes;

namespace Mesh.Resources.Validation;

/// <summary>Durations of messages, which may hold anything a peer sent, as time spans.</summary>
internal static class Durations
{
    // google.protobuf.Duration's own bound; a time span holds three times as much.
    private const long MaxSeconds = 315_576_000_000;

    public static bool IsNormal(Duration value)
        => value.Seconds is >= -MaxSeconds and <= MaxSeconds
            && value.Nanos is > -1_000_000_000 and < 1_000_000_000
            && (value.Seconds == 0 || value.Nanos == 0 || value.Seconds > 0 == value.Nanos > 0);

    /// <summary>Never throws; what is not normal is cut to what is. Below a tick rounds up, so that none becomes "none".</summary>
    public static TimeSpan ToTimeSpan(Duration value)
    {
        var seconds = Math.Clamp(value.Seconds, -MaxSeconds, MaxSeconds);
        return new TimeSpan((seconds * TimeSpan.TicksPerSecond) + (long)Math.Ceiling(value.Nanos / 100.0));
    }

    public static string Show(Duration value) => DurationText.Format(value.Seconds, value.Nanos);

    public static string Show(TimeSpan value) => DurationText.Format(value);
}
