using System.Globalization;
using System.Text;
using Mesh.Wire.Buffers;
using Mesh.Wire.Http2.Hpack;

namespace Mesh.Wire.Tests.Http2.Hpack;

/// <summary>Hex, text and lists, so that a test reads like the RFC's examples.</summary>
internal static class Codec
{
    public const int NoLimit = 1 << 24;

    public static HpackDecoder Decoder(int maxTable = 4096, int maxList = NoLimit, int maxFields = NoLimit) => new(maxTable, maxList, maxFields);

    public static byte[] Hex(string hex) => Convert.FromHexString(hex.Replace(" ", "", StringComparison.Ordinal).ReplaceLineEndings(""));

    public static byte[] Bytes(string text) => Encoding.Latin1.GetBytes(text);

    public static string Text(ReadOnlySpan<byte> bytes) => Encoding.Latin1.GetString(bytes);

    public static byte[] Concat(params byte[][] parts) => [.. parts.SelectMany(part => part)];

    /// <summary>A list of "name: value" lines; a leading "!" marks a never-indexed field.</summary>
    public static HeaderList List(params string[] lines)
    {
        var list = new HeaderList();
        foreach (var line in lines)
        {
            var never = line.StartsWith('!');
            var colon = line.IndexOf(": ", StringComparison.Ordinal);
            list.Add(Bytes(line[(never ? 1 : 0)..colon]), Bytes(line[(colon + 2)..]), never);
        }

        return list;
    }

    public static string[] Lines(HeaderList list)
    {
        var lines = new string[list.Count];
        for (var i = 0; i < lines.Length; i++)
        {
            var field = list[i];
            lines[i] = string.Create(CultureInfo.InvariantCulture, $"{(field.NeverIndexed ? "!" : "")}{Text(field.Name)}: {Text(field.Value)}");
        }

        return lines;
    }

    public static byte[] Encode(HpackEncoder encoder, HeaderList list)
    {
        var output = new ByteBuffer();
        encoder.Encode(list, output);
        return output.Written.ToArray();
    }

    public static byte[] Encode(HpackEncoder encoder, params string[] lines) => Encode(encoder, List(lines));

    public static string[] Decode(HpackDecoder decoder, byte[] block)
    {
        var list = new HeaderList();
        Assert.Equal(HpackResult.Ok, decoder.Decode(block, list));
        return Lines(list);
    }

    /// <summary>The decoder's dynamic table from the newest entry on, read by the means a peer has: its indexes.</summary>
    public static string[] Table(HpackDecoder decoder)
        => [.. Enumerable.Range(62, decoder.TableCount).SelectMany(index => Decode(decoder, [.. Index(index)]))];

    public static byte[] Index(int index)
    {
        var octets = new byte[HpackInteger.MaxLength];
        return octets[..HpackInteger.Write(octets, 0x80, 0x7f, index)];
    }

    /// <summary>A string literal without Huffman coding.</summary>
    public static byte[] Plain(string text)
    {
        var length = new byte[HpackInteger.MaxLength];
        return Concat(length[..HpackInteger.Write(length, 0, 0x7f, text.Length)], Bytes(text));
    }

    /// <summary>A literal field with a literal name and the given first octet (0x40 inserts, 0x00 does not, 0x10 never).</summary>
    public static byte[] Literal(byte kind, string name, string value) => Concat([kind], Plain(name), Plain(value));
}
