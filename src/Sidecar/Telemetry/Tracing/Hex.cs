namespace Mesh.Sidecar.Telemetry.Tracing;

/// <summary>Ids as hexadecimal digits.</summary>
internal static class Hex
{
    /// <summary>Reads 1 to 16 digits; lower case only, as W3C Trace Context section 3.2.2 and B3 have it.</summary>
    public static bool TryRead(ReadOnlySpan<byte> digits, out ulong value)
    {
        value = 0;
        foreach (var digit in digits)
        {
            var nibble = digit switch
            {
                >= (byte)'0' and <= (byte)'9' => digit - '0',
                >= (byte)'a' and <= (byte)'f' => digit - 'a' + 10,
                _ => -1,
            };
            if (nibble < 0)
            {
                return false;
            }

            value = (value << 4) | (uint)nibble;
        }

        return digits.Length is > 0 and <= 16;
    }

    /// <summary>Fills <paramref name="digits"/> with the value's lowest digits.</summary>
    public static void Write(ulong value, Span<byte> digits)
    {
        for (var i = digits.Length - 1; i >= 0; i--)
        {
            digits[i] = "0123456789abcdef"u8[(int)(value & 0xf)];
            value >>= 4;
        }
    }
}
