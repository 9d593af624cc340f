using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Mesh.Http2.Hpack;

/// <summary>
/// Decodes Huffman strings by a table of 11 bits, whose entries hold up to two symbols: digits and the frequent
/// letters have codes of 5 and 6 bits. Longer codes, which only rare octets have, are found by their length. Stateless; any thread.
/// </summary>
internal static class HuffmanDecoder
{
    // 2048 entries of 4 bytes: 12 bits would decode more pairs, but take half of a first-level cache.
    private const int TableBits = 11;

    private static readonly Entry[] s_table = new Entry[1 << TableBits];

    // Canonical decoding of the codes too long for the table: where each length's codes begin and end when shifted to
    // the top of 32 bits, and the symbols in the order of their codes.
    private static readonly ulong[] s_begin = new ulong[HuffmanCode.LongestCode + 1];
    private static readonly ulong[] s_end = new ulong[HuffmanCode.LongestCode + 1];
    private static readonly int[] s_firstSymbol = new int[HuffmanCode.LongestCode + 1];
    private static readonly ushort[] s_symbols = new ushort[HuffmanCode.EndOfString + 1];

    static HuffmanDecoder()
    {
        FillLengths();
        FillTable();
    }

    /// <summary>The most octets that <paramref name="length"/> encoded ones can hold: no code is shorter than 5 bits.</summary>
    public static int MaxDecodedLength(int length) => (int)((long)length * 8 / 5);

    /// <summary>
    /// Decodes <paramref name="source"/> to <paramref name="destination"/>, which has room for <see cref="MaxDecodedLength"/> octets and one more.
    /// Returns how many, or -1 for a string with the end-of-string symbol, or padding that is longer than 7 bits or not all ones.
    /// </summary>
    public static int Decode(ReadOnlySpan<byte> source, ref byte destination)
    {
        // The next bits of the string are the upper ones; below the valid ones are zeros.
        ulong bits = 0;
        var valid = 0;
        var position = 0;
        var written = 0;
        ref var table = ref MemoryMarshal.GetArrayDataReference(s_table);

        while (source.Length - position >= sizeof(uint))
        {
            bits |= (ulong)BinaryPrimitives.ReadUInt32BigEndian(source[position..]) << (32 - valid);
            valid += 32;
            position += sizeof(uint);
            while (valid >= HuffmanCode.LongestCode)
            {
                var entry = Unsafe.Add(ref table, (nuint)(bits >> (64 - TableBits)));
                if (entry.Count != 0)
                {
                    Unsafe.WriteUnaligned(ref Unsafe.Add(ref destination, written), entry.Symbols);
                    written += entry.Count;
                    bits <<= entry.Length;
                    valid -= entry.Length;
                    continue;
                }
                var symbol = LongSymbol(bits, out var length);
                if (symbol == HuffmanCode.EndOfString)
                {
                    return -1;
                }
                Unsafe.Add(ref destination, written++) = (byte)symbol;
                bits <<= length;
                valid -= length;
            }
        }

        for (; position < source.Length; position++)
        {
            bits |= (ulong)source[position] << (56 - valid);
            valid += 8;
        }
        return DecodeRest(bits, valid, ref destination, written);
    }

    private static int DecodeRest(ulong bits, int valid, ref byte destination, int written)
    {
        while (valid > 0)
        {
            // One symbol at a time: the second of a pair may be made of the zeros behind the string.
            var symbol = ShortOrLongSymbol(bits, out var length);
            if (length > valid)
            {
                break;
            }
            if (symbol == HuffmanCode.EndOfString)
            {
                return -1;
            }
            Unsafe.Add(ref destination, written++) = (byte)symbol;
            bits <<= length;
            valid -= length;
        }
        var padding = valid == 0 || (valid < 8 && bits >> (64 - valid) == (1UL << valid) - 1);
        return padding ? written : -1;
    }

    private static int ShortOrLongSymbol(ulong bits, out int length)
    {
        var entry = s_table[bits >> (64 - TableBits)];
        if (entry.Count == 0)
        {
            return LongSymbol(bits, out length);
        }
        length = entry.FirstLength;
        return entry.First;
    }

    private static int LongSymbol(ulong bits, out int length)
    {
        var code = bits >> 32;
        length = TableBits + 1;
        while (code >= s_end[length])
        {
            length++;
        }
        return s_symbols[s_firstSymbol[length] + (int)((code - s_begin[length]) >> (32 - length))];
    }

    private static void FillLengths()
    {
        var next = 0ul;
        var count = 0;
        for (var length = 1; length <= HuffmanCode.LongestCode; length++)
        {
            s_begin[length] = next;
            s_firstSymbol[length] = count;
            for (var symbol = 0; symbol <= HuffmanCode.EndOfString; symbol++)
            {
                if (HuffmanCode.Lengths[symbol] == length)
                {
                    s_symbols[count++] = (ushort)symbol;
                    next += 1ul << (32 - length);
                }
            }
            s_end[length] = next;
        }
    }

    private static void FillTable()
    {
        for (var index = 0; index < s_table.Length; index++)
        {
            var first = SymbolAt((uint)index, TableBits, out var firstLength);
            if (first < 0)
            {
                continue;
            }
            var rest = TableBits - firstLength;
            var second = SymbolAt((uint)index & ((1u << rest) - 1), rest, out var secondLength);
            s_table[index] = second < 0
                ? new Entry { First = (byte)first, FirstLength = (byte)firstLength, Length = (byte)firstLength, Count = 1 }
                : new Entry { First = (byte)first, Second = (byte)second, FirstLength = (byte)firstLength, Length = (byte)(firstLength + secondLength), Count = 2 };
        }
    }

    /// <summary>The symbol at the start of so many bits, or -1 if its code is longer than they are.</summary>
    private static int SymbolAt(uint bits, int count, out int length)
    {
        var code = count == 0 ? 0 : (ulong)bits << (32 - count);
        for (length = 1; length <= count; length++)
        {
            if (code < s_end[length])
            {
                return s_symbols[s_firstSymbol[length] + (int)((code - s_begin[length]) >> (32 - length))];
            }
        }
        return -1;
    }

    /// <summary>What the next bits decode to: no, one or two symbols.</summary>
    [StructLayout(LayoutKind.Explicit, Size = 8)]
    private struct Entry
    {
        [FieldOffset(0)] public ushort Symbols;
        [FieldOffset(0)] public byte First;
        [FieldOffset(1)] public byte Second;
        [FieldOffset(2)] public byte Count;
        [FieldOffset(3)] public byte FirstLength;
        [FieldOffset(4)] public int Length;
    }
}
