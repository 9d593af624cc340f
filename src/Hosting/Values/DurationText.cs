using System.Globalization;
using System.Text;

namespace Mesh.Hosting;

/// <summary>
/// Durations as people write them: numbers with a unit (h, m, s, ms, us), the larger unit first, or a bare 0:
/// <c>10s</c>, <c>250ms</c>, <c>1m30s</c>, <c>1.5s</c>. Up to 100 days.
/// </summary>
public static class DurationText
{
    private static readonly (string Name, long Ticks)[] _units =
    [
        ("h", TimeSpan.TicksPerHour),
        ("m", TimeSpan.TicksPerMinute),
        ("s", TimeSpan.TicksPerSecond),
        ("ms", TimeSpan.TicksPerMillisecond),
        ("us", TimeSpan.TicksPerMicrosecond),
    ];

    // Keeps every sum far from overflow; nothing we time lasts longer.
    private static readonly TimeSpan _longest = TimeSpan.FromDays(100);

    /// <summary>Reads a duration; false if it is ill-formed, negative or above 100 days.</summary>
    public static bool TryParse(string text, out TimeSpan value)
    {
        value = TimeSpan.Zero;
        if (text == "0")
            return true;

        var rest = text.AsSpan();
        var nextUnit = 0;
        var ticks = 0m;
        while (rest.Length != 0)
        {
            var digits = rest.IndexOfAnyExceptInRange('0', '9');
            if (digits > 0 && rest[digits] == '.')
            {
                var fraction = rest[(digits + 1)..].IndexOfAnyExceptInRange('0', '9');
                if (fraction <= 0)
                    return false;
                digits += 1 + fraction;
            }
            if (digits is <= 0 or > 15)
                return false;
            var number = decimal.Parse(rest[..digits], NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture);
            rest = rest[digits..];

            var letters = rest.IndexOfAnyExceptInRange('a', 'z');
            var name = letters < 0 ? rest : rest[..letters];
            var unit = IndexOfUnit(name, nextUnit);
            if (unit < 0)
                return false;
            ticks += number * _units[unit].Ticks;
            if (ticks > _longest.Ticks)
                return false;
            nextUnit = unit + 1;
            rest = rest[name.Length..];
        }
        value = TimeSpan.FromTicks((long)ticks);
        return nextUnit != 0;
    }

    /// <summary>Writes a duration the way <see cref="TryParse"/> reads it, to the microsecond.</summary>
    public static string Format(TimeSpan value)
    {
        if (value == TimeSpan.Zero)
            return "0";
        var text = new StringBuilder();
        var ticks = value.Ticks;
        foreach (var (name, unitTicks) in _units)
        {
            if (ticks >= unitTicks)
                text.Append(CultureInfo.InvariantCulture, $"{ticks / unitTicks}{name}");
            ticks %= unitTicks;
        }
        return text.ToString();
    }

    private static int IndexOfUnit(ReadOnlySpan<char> name, int from)
    {
        for (var i = from; i < _units.Length; i++)
        {
            if (name.SequenceEqual(_units[i].Name))
                return i;
        }
        return -1;
    }
}
