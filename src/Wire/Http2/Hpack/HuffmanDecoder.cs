using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Mesh.Wire.Http2.Hpack;

/// <summary>
/// Decodes Huffman strings by a table of 12 bits, whose entries hold up to two symbols: digits and the frequent
/// letters have codes of 5 and 6 bits. Longer codes, which only rare octets have, are found by their length. Stateless; any thread.
/// </summary>
internal static class HuffmanDecoder
{
    // Two hexadecimal digits, of which trace ids consist, take at most 12 bits.
    private const int TableBits = 12;
    private const int LooksPerWord = 56 / TableBits;

    // An entry, from the lowest bit: the bits of its symbols, where a shift finds its count without another instruction
    // (each look waits for the one before); the first and the second symbol; how many there are; the bits of the first. 0 for a longer code.
    private const int SymbolsShift = 8;
    private const int SecondShift = 16;
    private const int CountShift = 24;
    private const int FirstLengthShift = 28;
    private const int LengthMask = 63;
    private const int CountMask = 3;

    private static readonly uint[] Table = new uint[1 << TableBits];

    // Canonical decoding of the codes too long for the table: where each length's codes begin and end when shifted to
    // the top of 32 bits, and the symbols in the order of their codes.
    private static readonly ulong[] Begin = new ulong[HuffmanCode.LongestCode + 1];
    private static readonly ulong[] End = new ulong[HuffmanCode.LongestCode + 1];
    private static readonly int[] FirstSymbol = new int[HuffmanCode.LongestCode + 1];
    private static readonly ushort[] Symbols = new ushort[HuffmanCode.EndOfString + 1];

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
        // The next bits of the string are the upper ones of `bits`, of which so many are accounted for in `valid`.
        ulong bits = 0;
        var valid = 0;
        var position = 0;
        var written = 0;
        ref var table = ref MemoryMarshal.GetArrayDataReference(Table);

        while (source.Length - position >= sizeof(ulong))
        {
            // At least 56 bits become valid: enough for four looks into the table without counting. The bits of the octet that
            // is only partly accounted for are read again the next time, and are the same.
            bits |= BinaryPrimitives.ReadUInt64BigEndian(source[position..]) >> valid;
            position += (63 - valid) >> 3;
            valid |= 56;
            for (var look = 0; look < LooksPerWord; look++)
            {
                var entry = Unsafe.Add(ref table, (nuint)(bits >> (64 - TableBits)));
                if (entry == 0)
                {
                    if (valid < HuffmanCode.LongestCode)
                    {
                        break;
                    }

                    var symbol = LongSymbol(bits, out var length);
                    if (symbol == HuffmanCode.EndOfString)
                    {
                        return -1;
                    }

                    Unsafe.Add(ref destination, written++) = (byte)symbol;
                    bits <<= length;
                    valid -= length;
                    break;
                }

                bits <<= (int)entry;
                valid -= (int)entry & LengthMask;
                Unsafe.WriteUnaligned(ref Unsafe.Add(ref destination, written), (ushort)(entry >> SymbolsShift));
                written += (int)(entry >> CountShift) & CountMask;
            }
        }

        return DecodeRest(source, position, bits, valid, ref destination, written);
    }

    private static int DecodeRest(ReadOnlySpan<byte> source, int position, ulong bits, int valid, ref byte destination, int written)
    {
        while (true)
        {
            for (; valid <= 56 && position < source.Length; position++)
            {
                bits |= (ulong)source[position] << (56 - valid);
                valid += 8;
            }

            var entry = Table[bits >> (64 - TableBits)];
            var length = (int)entry & LengthMask;
            if (entry != 0 && length <= valid)
            {
                Unsafe.WriteUnaligned(ref Unsafe.Add(ref destination, written), (ushort)(entry >> SymbolsShift));
                written += (int)(entry >> CountShift) & CountMask;
            }
            else
            {
                // A long code, or the last one of the string followed by one that is made of what lies behind it.
                var symbol = (int)(byte)(entry >> SymbolsShift);
                length = (int)(entry >> FirstLengthShift);
                if (entry == 0)
                {
                    symbol = LongSymbol(bits, out length);
                }

                if (length > valid)
                {
                    break;
                }

                if (symbol == HuffmanCode.EndOfString)
                {
                    return -1;
                }

                Unsafe.Add(ref destination, written++) = (byte)symbol;
            }

            bits <<= length;
            valid -= length;
        }

        var padding = valid == 0 || (valid < 8 && bits >> (64 - valid) == (1UL << valid) - 1);
        return padding ? written : -1;
    }

    private static int LongSymbol(ulong bits, out int length)
    {
        var code = bits >> 32;
        length = TableBits + 1;
        while (code >= End[length])
        {
            length++;
        }

        return Symbols[FirstSymbol[length] + (int)((code - Begin[length]) >> (32 - length))];
    }

    private static void FillLengths()
    {
        var next = 0ul;
        var count = 0;
        for (var length = 1; length <= HuffmanCode.LongestCode; length++)
        {
            Begin[length] = next;
            FirstSymbol[length] = count;
            for (var symbol = 0; symbol <= HuffmanCode.EndOfString; symbol++)
            {
                if (HuffmanCode.Lengths[symbol] == length)
                {
                    Symbols[count++] = (ushort)symbol;
                    next += 1ul << (32 - length);
                }
            }

            End[length] = next;
        }
    }

    private static void FillTable()
    {
        for (var index = 0; index < Table.Length; index++)
        {
            var first = SymbolAt((uint)index, TableBits, out var firstLength);
            if (first < 0)
            {
                continue;
            }

            var rest = TableBits - firstLength;
            var second = SymbolAt((uint)index & ((1u << rest) - 1), rest, out var secondLength);
            var entry = (uint)first << SymbolsShift | (uint)firstLength << FirstLengthShift;
            Table[index] = second < 0
                ? entry | 1u << CountShift | (uint)firstLength
                : entry | 2u << CountShift | (uint)second << SecondShift | (uint)(firstLength + secondLength);
        }
    }

    /// <summary>The symbol at the start of so many bits, or -1 if its code is longer than they are.</summary>
    private static int SymbolAt(uint bits, int count, out int length)
    {
        var code = count == 0 ? 0 : (ulong)bits << (32 - count);
        for (length = 1; length <= count; length++)
        {
            if (code < End[length])
            {
                return Symbols[FirstSymbol[length] + (int)((code - Begin[length]) >> (32 - length))];
            }
        }

        return -1;
    }
}
