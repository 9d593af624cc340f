using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Mesh.Wire.Http1;

/// <summary>Copies names and makes capitals of ASCII small on the way, eight octets at once. Pure.</summary>
internal static class LowerCase
{
    private const ulong Each = 0x0101_0101_0101_0101;

    /// <summary>Any other octet stays as it is.</summary>
    /// <param name="from">A name.</param>
    /// <param name="to">Of the same length.</param>
    public static void Write(ReadOnlySpan<byte> from, Span<byte> to)
    {
        ref var source = ref MemoryMarshal.GetReference(from);
        ref var target = ref MemoryMarshal.GetReference(to[..from.Length]);
        var length = from.Length;
        if (length < sizeof(ulong))
        {
            for (var i = 0; i < length; i++)
            {
                var octet = Unsafe.Add(ref source, i);
                Unsafe.Add(ref target, i) = (uint)(octet - 'A') <= 'Z' - 'A' ? (byte)(octet | 0x20) : octet;
            }

            return;
        }

        // The last eight may overlap those before, which are read from the source again.
        var last = length - sizeof(ulong);
        for (var i = 0; i < last; i += sizeof(ulong))
        {
            Unsafe.WriteUnaligned(ref Unsafe.Add(ref target, i), Lower(Unsafe.ReadUnaligned<ulong>(ref Unsafe.Add(ref source, i))));
        }

        Unsafe.WriteUnaligned(ref Unsafe.Add(ref target, last), Lower(Unsafe.ReadUnaligned<ulong>(ref Unsafe.Add(ref source, last))));
    }

    private static ulong Lower(ulong octets)
    {
        // Seven bits of each octet, so that no sum reaches into the next; then the eighth says whether it is at least the letter.
        var low = octets & (0x7f * Each);
        var fromA = low + ((0x80 - 'A') * Each);
        var afterZ = low + ((0x80 - 'Z' - 1) * Each);
        var capitals = (fromA ^ afterZ) & ~octets & (0x80 * Each);
        return octets | (capitals >> 2);
    }
}
