using System.Text;

namespace Mesh.Conformance.Peer;

/// <summary>Header blocks by hand: literals without indexing and without Huffman code, which the engine's own encoder rarely sends.</summary>
internal static class HeaderBlock
{
    public static readonly byte[] Get = Of(":method: GET", ":scheme: http", ":path: /", ":authority: a");

    public static readonly byte[] Post = Of(":method: POST", ":scheme: http", ":path: /", ":authority: a");

    public static readonly byte[] Ok = Of(":status: 200");

    /// <summary>A block of "name: value" lines, however wrong they are.</summary>
    public static byte[] Of(params string[] lines) => Concat(lines.Select(Literal));

    /// <summary>The block of a valid request with more lines.</summary>
    public static byte[] PostWith(params string[] lines) => [.. Post, .. Of(lines)];

    public static byte[] OkWith(params string[] lines) => [.. Ok, .. Of(lines)];

    /// <summary>A literal that enters the dynamic table.</summary>
    public static byte[] Indexed(string name, string value) => [0x40, .. Text(name), .. Text(value)];

    /// <summary>A dynamic table size update.</summary>
    public static byte[] SizeUpdate(int size) => Integer(0x20, 0x1f, size);

    public static byte[] Integer(int pattern, int mask, int value)
    {
        if (value < mask)
        {
            return [(byte)(pattern | value)];
        }

        List<byte> bytes = [(byte)(pattern | mask)];
        for (value -= mask; value >= 0x80; value >>= 7)
        {
            bytes.Add((byte)(value | 0x80));
        }

        bytes.Add((byte)value);
        return [.. bytes];
    }

    private static byte[] Literal(string line)
    {
        var colon = line.IndexOf(": ", 1, StringComparison.Ordinal);
        return [0x00, .. Text(line[..colon]), .. Text(line[(colon + 2)..])];
    }

    private static byte[] Text(string text) => [.. Integer(0, 0x7f, text.Length), .. Encoding.Latin1.GetBytes(text)];

    private static byte[] Concat(IEnumerable<byte[]> parts) => [.. parts.SelectMany(part => part)];
}
