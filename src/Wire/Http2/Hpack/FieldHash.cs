using System.Buffers.Binary;

namespace Mesh.Wire.Http2.Hpack;

/// <summary>
/// The hash by which the encoder finds a field in its table. It is the same on every connection, so that a field decoded on one
/// is looked up on another without hashing it again. It is not keyed: a peer that crafts collisions gains nothing, since the
/// walk over equal hashes is bounded (<see cref="EncoderTable"/>) and bytes are always compared.
/// </summary>
internal static class FieldHash
{
    // Odd multipliers without structure: the fractional parts of the golden ratio and of the square root of three.
    private const ulong First = 0x9E3779B97F4A7C15;
    private const ulong Second = 0xBB67AE8584CAA73B;

    /// <summary>The hash of a name; a known one costs no look at its bytes.</summary>
    public static uint OfName(KnownHeader known, ReadOnlySpan<byte> name)
        => known != KnownHeader.Unknown ? (uint)(((ulong)known * First) >> 32) : (uint)(OfBytes(name) >> 32);

    /// <summary>The hash of a whole field; never 0, which stands for "not computed".</summary>
    public static uint Of(KnownHeader known, ReadOnlySpan<byte> name, ReadOnlySpan<byte> value)
        => (uint)(Mix(OfBytes(value) ^ OfName(known, name), Second) >> 32) | 1;

    private static ulong OfBytes(ReadOnlySpan<byte> bytes)
    {
        var hash = First ^ (ulong)bytes.Length;
        if (bytes.Length < sizeof(ulong))
        {
            ulong rest = 0;
            foreach (var b in bytes)
            {
                rest = (rest << 8) | b;
            }

            return Mix(hash ^ rest, First);
        }

        var tail = BinaryPrimitives.ReadUInt64LittleEndian(bytes[^sizeof(ulong)..]);
        while (bytes.Length > sizeof(ulong))
        {
            hash = Mix(hash ^ BinaryPrimitives.ReadUInt64LittleEndian(bytes), Second);
            bytes = bytes[sizeof(ulong)..];
        }

        return Mix(hash ^ tail, First);
    }

    private static ulong Mix(ulong value, ulong multiplier)
    {
        // The product's upper bits depend on all bits of the value; folding them down lets the next round spread them again. The 128-bit
        // product would do it in one step, but is a call where the native build may not assume the instruction.
        var product = value * multiplier;
        return product ^ (product >> 32);
    }
}
