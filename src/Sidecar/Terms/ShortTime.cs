namespace Mesh.Sidecar.Terms;

/// <summary>
/// A time as messages have it, in the largest unit of which there is a whole one, with up to three decimals: "5ms", "1.5s",
/// "100ns". Written without an allocation.
/// </summary>
internal readonly struct ShortTime(long ticks) : IUtf8SpanFormattable, ISpanFormattable
{
    public bool TryFormat(Span<byte> utf8Destination, out int bytesWritten, ReadOnlySpan<char> format, IFormatProvider? provider)
    {
        var (value, unit) = Split();
        if (!value.TryFormat(utf8Destination, out bytesWritten, "0.###", System.Globalization.CultureInfo.InvariantCulture)
            || bytesWritten + unit.Length > utf8Destination.Length)
        {
            return false;
        }

        bytesWritten += System.Text.Encoding.ASCII.GetBytes(unit, utf8Destination[bytesWritten..]);
        return true;
    }

    public bool TryFormat(Span<char> destination, out int charsWritten, ReadOnlySpan<char> format, IFormatProvider? provider)
    {
        var (value, unit) = Split();
        if (!value.TryFormat(destination, out charsWritten, "0.###", System.Globalization.CultureInfo.InvariantCulture)
            || !unit.TryCopyTo(destination[charsWritten..]))
        {
            return false;
        }

        charsWritten += unit.Length;
        return true;
    }

    public string ToString(string? format, IFormatProvider? formatProvider) => ToString();

    public override string ToString()
    {
        var (value, unit) = Split();
        return string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{value:0.###}{unit}");
    }

    private (double Value, string Unit) Split() => ticks switch
    {
        >= TimeSpan.TicksPerSecond => (ticks / (double)TimeSpan.TicksPerSecond, "s"),
        >= TimeSpan.TicksPerMillisecond => (ticks / (double)TimeSpan.TicksPerMillisecond, "ms"),
        >= TimeSpan.TicksPerMicrosecond => (ticks / (double)TimeSpan.TicksPerMicrosecond, "us"),
        _ => (ticks * (double)TimeSpan.NanosecondsPerTick, "ns"),
    };
}
