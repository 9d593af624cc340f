using System.Buffers;
using System.Globalization;
using System.Text;

namespace Mesh;

/// <summary>
/// Durations as people write them, in options and files alike: numbers with a unit (h, m, s, ms, us or µs, ns), the larger
/// unit first, or a bare 0: <c>10s</c>, <c>250ms</c>, <c>1m30s</c>, <c>1.5s</c>. Not negative, up to about 10,000 years
/// (the bound of google.protobuf.Duration), exact to the nanosecond.
/// </summary>
public static class DurationText
{
    private const long MaxSeconds = 315_576_000_000;
    private const long NanosPerSecond = 1_000_000_000;
    private const int NanosPerTick = 100;

    // So many digits of hours still fit into a decimal's nanoseconds.
    private const int MaxDigits = 16;

    private static readonly SearchValues<char> NumberCharacters = SearchValues.Create("0123456789.");

    // The larger first; the names of one unit stand together.
    private static readonly (string Name, long Nanos)[] Units =
    [
        ("h", 3600 * NanosPerSecond), ("m", 60 * NanosPerSecond), ("s", NanosPerSecond),
        ("ms", 1_000_000), ("us", 1_000), ("µs", 1_000), ("μs", 1_000), ("ns", 1),
    ];

    /// <summary>Reads a duration; false if it is ill-formed or too long. What is finer than a tick (100 ns) is rounded up.</summary>
    public static bool TryParse(string text, out TimeSpan value)
    {
        var read = TryParse(text, out var seconds, out var nanos, out _);
        value = new TimeSpan((seconds * TimeSpan.TicksPerSecond) + ((nanos + NanosPerTick - 1) / NanosPerTick));
        return read;
    }

    /// <summary>Reads a duration.</summary>
    /// <param name="text">The text.</param>
    /// <param name="seconds">Its whole seconds.</param>
    /// <param name="nanos">What is left, below a second.</param>
    /// <param name="error">What is wrong and what would be right, without a full stop.</param>
    public static bool TryParse(string text, out long seconds, out int nanos, out string error)
    {
        (seconds, nanos, error) = (0, 0, "");
        if (text == "0")
        {
            return true;
        }

        const decimal longest = (decimal)MaxSeconds * NanosPerSecond;
        var total = 0m;
        var smallest = long.MaxValue;
        var rest = text.AsSpan();
        do
        {
            if (!TryTakeNumber(ref rest, out var number))
            {
                error = IllFormed(text);
                return false;
            }

            if (rest.IsEmpty)
            {
                error = $"'{text}' has no unit; write '{text}s' or '{text}ms'";
                return false;
            }

            if (!TryTakeUnit(ref rest, out var unit) || unit >= smallest)
            {
                error = IllFormed(text);
                return false;
            }

            smallest = unit;
            total += number * unit;
            if (total > longest)
            {
                error = $"'{Shorten(text)}' is too long; at most {MaxSeconds}s";
                return false;
            }
        }
        while (!rest.IsEmpty);

        seconds = (long)(total / NanosPerSecond);
        nanos = (int)(total - ((decimal)seconds * NanosPerSecond));
        return true;
    }

    /// <summary>As people write it: <c>1m30s</c>, <c>250ms</c>, <c>1.5s</c>, <c>0s</c>; a negative one in seconds.</summary>
    public static string Format(TimeSpan value) => Format(
        value.Ticks / TimeSpan.TicksPerSecond, (int)(value.Ticks % TimeSpan.TicksPerSecond) * NanosPerTick);

    /// <summary>The same of seconds and the nanoseconds below, of the same sign.</summary>
    public static string Format(long seconds, int nanos)
    {
        if (seconds < 0 || nanos is < 0 or >= (int)NanosPerSecond)
        {
            var exact = seconds + ((decimal)nanos / NanosPerSecond);
            return string.Create(CultureInfo.InvariantCulture, $"{exact:0.#########}s");
        }

        if (seconds == 0 && nanos != 0)
        {
            var (name, unit) = nanos switch
            {
                >= 1_000_000 => ("ms", 1_000_000),
                >= 1_000 => ("us", 1_000),
                _ => ("ns", 1),
            };
            return string.Create(CultureInfo.InvariantCulture, $"{(decimal)nanos / unit:0.######}{name}");
        }

        var text = new StringBuilder();
        var (hours, minutes) = (seconds / 3600, seconds / 60 % 60);
        var below = (seconds % 60) + ((decimal)nanos / NanosPerSecond);
        _ = hours > 0 ? text.Append(CultureInfo.InvariantCulture, $"{hours}h") : text;
        _ = minutes > 0 ? text.Append(CultureInfo.InvariantCulture, $"{minutes}m") : text;
        _ = below > 0 || text.Length == 0 ? text.Append(CultureInfo.InvariantCulture, $"{below:0.#########}s") : text;
        return text.ToString();
    }

    private static bool TryTakeNumber(ref ReadOnlySpan<char> rest, out decimal number)
    {
        var length = rest.IndexOfAnyExcept(NumberCharacters);
        var digits = length < 0 ? rest : rest[..length];
        rest = rest[digits.Length..];
        number = 0;
        // Neither ".5" nor "5.", as in JSON.
        return digits.Length is > 0 and <= MaxDigits && digits[0] != '.' && digits[^1] != '.'
            && decimal.TryParse(digits, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out number);
    }

    private static bool TryTakeUnit(ref ReadOnlySpan<char> rest, out long nanos)
    {
        var length = rest.IndexOfAny(NumberCharacters);
        var letters = length < 0 ? rest : rest[..length];
        rest = rest[letters.Length..];
        foreach (var (name, unit) in Units)
        {
            if (letters.SequenceEqual(name))
            {
                nanos = unit;
                return true;
            }
        }

        nanos = 0;
        return false;
    }

    private static string IllFormed(string text) =>
        $"'{Shorten(text)}' is not a duration; write it like '1.5s', '250ms' or '1m30s'";

    private static string Shorten(string text) => text.Length <= 40 ? text : text[..40] + "...";
}
