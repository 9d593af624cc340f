using System.Runtime.CompilerServices;

namespace Mesh.Wire.Http2.Hpack;

/// <summary>Integers with a prefix of some bits (RFC 7541 section 5.1).</summary>
internal static class HpackInteger
{
    /// <summary>The most octets <see cref="Write"/> writes.</summary>
    public const int MaxLength = 6;

    /// <summary>
    /// Reads the integer whose first octet, at <paramref name="position"/> - 1, was <paramref name="first"/>. False if the block
    /// ends within it, if it exceeds <see cref="int.MaxValue"/>, or if it has more octets than such a number needs: a peer may not make us
    /// walk over endless continuation octets that add nothing.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool TryRead(ReadOnlySpan<byte> block, scoped ref int position, int first, int mask, out int value)
    {
        value = first & mask;
        return value != mask || TryReadRest(block, ref position, ref value);
    }

    /// <summary>Writes <paramref name="value"/>; <paramref name="pattern"/> is what the first octet holds above the prefix. Returns the octets written.</summary>
    public static int Write(Span<byte> destination, int pattern, int mask, int value)
    {
        if (value < mask)
        {
            destination[0] = (byte)(pattern | value);
            return 1;
        }

        destination[0] = (byte)(pattern | mask);
        var rest = (uint)(value - mask);
        var length = 1;
        while (rest >= 0x80)
        {
            destination[length++] = (byte)(rest | 0x80);
            rest >>= 7;
        }

        destination[length++] = (byte)rest;
        return length;
    }

    private static bool TryReadRest(ReadOnlySpan<byte> block, scoped ref int position, ref int value)
    {
        var sum = (ulong)value;
        for (var shift = 0; shift <= 28; shift += 7)
        {
            if ((uint)position >= (uint)block.Length)
            {
                return false;
            }

            var octet = block[position++];
            sum += (ulong)(octet & 0x7f) << shift;
            if (octet < 0x80)
            {
                value = (int)sum;
                return sum <= int.MaxValue;
            }
        }

        return false;
    }
}
