using System.Buffers;
using System.Globalization;
using System.Text;
using Google.Protobuf.WellKnownTypes;

namespace Mesh.Resources;

/// <summary>
/// Durations as people write them: the JSON form ("1.5s") and sequences of numbers with units ("250ms", "1m30s").
/// Units: h, m, s, ms, us (or µs), ns.
/// </summary>
internal static class DurationText
{
    // Of google.protobuf.Duration: about 10,000 years.
    private const long MaxSeconds = 315_576_000_000;
    private const long NanosPerSecond = 1_000_000_000;

    private static readonly SearchValues<char> NumberCharacters = SearchValues.Create("0123456789.");

    // Longest first where one begins like another.
    private static readonly (string Name, long Nanos)[] Units =
    [
        ("ms", 1_000_000), ("us", 1_000), ("µs", 1_000), ("μs", 1_000), ("ns", 1),
        ("h", 3600 * NanosPerSecond), ("m", 60 * NanosPerSecond), ("s", NanosPerSecond),
    ];

    /// <summary>Reads a duration that is not negative. A bare "0" needs no unit.</summary>
    /// <param name="text">The text.</param>
    /// <param name="duration">The duration, normalised.</param>
    /// <param name="error">What is wrong and what would be right, without a full stop.</param>
    public static bool TryParse(string text, out Duration duration, out string error)
    {
        duration = new Duration();
        error = "";
        if (text == "0")
        {
            return true;
        }

        decimal nanos = 0;
        var rest = text.AsSpan();
        do
        {
            if (!TryTakePart(ref rest, out var part, out var hasNumber))
            {
                error = hasNumber && rest.IsEmpty
                    ? $"'{text}' has no unit; write '{text}s' or '{text}ms'"
                    : $"'{Shorten(text)}' is not a duration; write it like '1.5s', '250ms' or '1m30s'";
                return false;
            }

            nanos += part;
        }
        while (!rest.IsEmpty && nanos <= (decimal)MaxSeconds * NanosPerSecond);

        if (nanos > (decimal)MaxSeconds * NanosPerSecond)
        {
            error = $"'{Shorten(text)}' is too long; at most {MaxSeconds}s";
            return false;
        }

        var whole = (long)(nanos / NanosPerSecond);
        duration.Seconds = whole;
        duration.Nanos = (int)(nanos - ((decimal)whole * NanosPerSecond));
        return true;
    }

    /// <summary>As people write it: "1m30s", "250ms", "1.5s", "0s"; a negative one in seconds.</summary>
    public static string Format(Duration duration)
    {
        if (duration.Seconds < 0 || duration.Nanos is < 0 or >= (int)NanosPerSecond)
        {
            var exact = duration.Seconds + ((decimal)duration.Nanos / NanosPerSecond);
            return string.Create(CultureInfo.InvariantCulture, $"{exact:0.#########}s");
        }

        if (duration.Seconds == 0 && duration.Nanos != 0)
        {
            var (name, unit) = duration.Nanos switch
            {
                >= 1_000_000 => ("ms", 1_000_000),
                >= 1_000 => ("us", 1_000),
                _ => ("ns", 1),
            };
            return string.Create(CultureInfo.InvariantCulture, $"{(decimal)duration.Nanos / unit:0.######}{name}");
        }

        var text = new StringBuilder();
        var (hours, minutes) = (duration.Seconds / 3600, duration.Seconds / 60 % 60);
        var seconds = (duration.Seconds % 60) + ((decimal)duration.Nanos / NanosPerSecond);
        _ = hours > 0 ? text.Append(CultureInfo.InvariantCulture, $"{hours}h") : text;
        _ = minutes > 0 ? text.Append(CultureInfo.InvariantCulture, $"{minutes}m") : text;
        _ = seconds > 0 || text.Length == 0 ? text.Append(CultureInfo.InvariantCulture, $"{seconds:0.#########}s") : text;
        return text.ToString();
    }

    private static bool TryTakePart(ref ReadOnlySpan<char> rest, out decimal nanos, out bool hasNumber)
    {
        // So many digits of hours still fit into a decimal's nanoseconds.
        const int longest = 16;
        nanos = 0;
        var digits = rest.IndexOfAnyExcept(NumberCharacters);
        digits = digits < 0 ? rest.Length : digits;
        hasNumber = digits is > 0 and <= longest
            && decimal.TryParse(rest[..digits], NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out nanos);
        if (!hasNumber || !TakeUnit(ref rest, digits, out var unit))
        {
            return false;
        }

        nanos *= unit;
        return true;
    }

    private static bool TakeUnit(ref ReadOnlySpan<char> rest, int digits, out long nanos)
    {
        var text = rest[digits..];
        foreach (var (name, unit) in Units)
        {
            if (text.StartsWith(name, StringComparison.Ordinal))
            {
                rest = text[name.Length..];
                nanos = unit;
                return true;
            }
        }

        rest = text;
        nanos = 0;
        return false;
    }

    private static string Shorten(string text) => text.Length <= 40 ? text : text[..40] + "...";
}
