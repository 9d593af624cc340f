namespace Mesh.Wire.Http2.Hpack;

/// <summary>
/// The Huffman code of RFC 7541 appendix B. The code is canonical: codes of one length are consecutive numbers in the order of
/// their symbols, and each length continues where the shorter one ended. So the lengths are all there is to write down. Read only.
/// </summary>
internal static class HuffmanCode
{
    /// <summary>The symbol that ends a string and must never be sent (RFC 7541 section 5.2).</summary>
    public const int EndOfString = 256;

    /// <summary>The longest code, in bits.</summary>
    public const int LongestCode = 30;

    /// <summary>The length of each octet's code, in bits; the last is <see cref="EndOfString"/>.</summary>
    public static ReadOnlySpan<byte> Lengths =>
    [
        13, 23, 28, 28, 28, 28, 28, 28, 28, 24, 30, 28, 28, 30, 28, 28,
        28, 28, 28, 28, 28, 28, 30, 28, 28, 28, 28, 28, 28, 28, 28, 28,
        6, 10, 10, 12, 13, 6, 8, 11, 10, 10, 8, 11, 8, 6, 6, 6,
        5, 5, 5, 6, 6, 6, 6, 6, 6, 6, 7, 8, 15, 6, 12, 10,
        13, 6, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7,
        7, 7, 7, 7, 7, 7, 7, 7, 8, 7, 8, 13, 19, 13, 14, 6,
        15, 5, 6, 5, 6, 5, 6, 6, 6, 5, 7, 7, 6, 6, 6, 5,
        6, 7, 6, 5, 5, 6, 7, 7, 7, 7, 7, 15, 11, 14, 13, 28,
        20, 22, 20, 20, 22, 22, 22, 23, 22, 23, 23, 23, 23, 23, 24, 23,
        24, 24, 22, 23, 24, 23, 23, 23, 23, 21, 22, 23, 22, 23, 23, 24,
        22, 21, 20, 22, 22, 23, 23, 21, 23, 22, 22, 24, 21, 22, 23, 23,
        21, 21, 22, 21, 23, 22, 23, 23, 20, 22, 22, 22, 23, 22, 22, 23,
        26, 26, 20, 19, 22, 23, 22, 25, 26, 26, 26, 27, 27, 26, 24, 25,
        19, 21, 26, 27, 27, 26, 27, 24, 21, 21, 26, 26, 28, 27, 27, 27,
        20, 24, 20, 21, 22, 21, 21, 23, 22, 22, 25, 25, 24, 24, 26, 23,
        26, 27, 26, 26, 27, 27, 27, 27, 27, 28, 27, 27, 27, 27, 27, 26,
        30,
    ];

    /// <summary>The code of each symbol in its lowest bits.</summary>
    public static uint[] Codes()
    {
        var codes = new uint[EndOfString + 1];
        var next = 0u;
        for (var length = 1; length <= LongestCode; length++)
        {
            next <<= 1;
            for (var symbol = 0; symbol <= EndOfString; symbol++)
            {
                if (Lengths[symbol] == length)
                {
                    codes[symbol] = next++;
                }
            }
        }

        return codes;
    }
}
