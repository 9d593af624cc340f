namespace Mesh.Policy.Deadlines;

/// <summary>The value of <c>grpc-timeout</c> (grpc/doc/PROTOCOL-HTTP2.md): one to eight digits and a unit. Any thread.</summary>
public static class GrpcTimeout
{
    /// <summary>The longest value in bytes: eight digits and a unit.</summary>
    public const int MaxLength = 9;

    private const long Largest = 99_999_999;

    /// <summary>Reads a value as ticks of 100 ns; nanoseconds round up, so that none becomes a time already over.</summary>
    /// <remarks>The largest value, 99999999H, is 40 % of what fits into ticks, so nothing overflows.</remarks>
    public static bool TryParse(ReadOnlySpan<byte> value, out long ticks)
    {
        ticks = 0;
        if (value.Length is < 2 or > MaxLength)
        {
            return false;
        }

        long number = 0;
        foreach (var digit in value[..^1])
        {
            if (digit is < (byte)'0' or > (byte)'9')
            {
                return false;
            }

            number = (number * 10) + (digit - '0');
        }

        switch (value[^1])
        {
            case (byte)'n':
                ticks = (number + TimeSpan.NanosecondsPerTick - 1) / TimeSpan.NanosecondsPerTick;
                return true;
            case (byte)'u':
                ticks = number * TimeSpan.TicksPerMicrosecond;
                return true;
            case (byte)'m':
                ticks = number * TimeSpan.TicksPerMillisecond;
                return true;
            case (byte)'S':
                ticks = number * TimeSpan.TicksPerSecond;
                return true;
            case (byte)'M':
                ticks = number * TimeSpan.TicksPerMinute;
                return true;
            case (byte)'H':
                ticks = number * TimeSpan.TicksPerHour;
                return true;
            default:
                return false;
        }
    }

    /// <summary>
    /// Writes a time in the finest unit that holds it in eight digits, rounded down (the next hop must not wait longer
    /// than this one), at least 1n; what exceeds the largest value is written as that.
    /// </summary>
    /// <returns>The bytes written, at most <see cref="MaxLength"/>, which the destination must hold.</returns>
    public static int Format(long ticks, Span<byte> destination)
    {
        var (number, unit) = ticks switch
        {
            <= 0 => (1, (byte)'n'),
            <= Largest / TimeSpan.NanosecondsPerTick => (ticks * TimeSpan.NanosecondsPerTick, (byte)'n'),
            < (Largest + 1) * TimeSpan.TicksPerMicrosecond => (ticks / TimeSpan.TicksPerMicrosecond, (byte)'u'),
            < (Largest + 1) * TimeSpan.TicksPerMillisecond => (ticks / TimeSpan.TicksPerMillisecond, (byte)'m'),
            < (Largest + 1) * TimeSpan.TicksPerSecond => (ticks / TimeSpan.TicksPerSecond, (byte)'S'),
            < (Largest + 1) * TimeSpan.TicksPerMinute => (ticks / TimeSpan.TicksPerMinute, (byte)'M'),
            _ => (Math.Min(ticks / TimeSpan.TicksPerHour, Largest), (byte)'H'),
        };

        Span<byte> reversed = stackalloc byte[MaxLength - 1];
        var digits = 0;
        do
        {
            reversed[digits++] = (byte)('0' + (number % 10));
            number /= 10;
        }
        while (number > 0);

        for (var i = 0; i < digits; i++)
        {
            destination[i] = reversed[digits - 1 - i];
        }

        destination[digits] = unit;
        return digits + 1;
    }
}
