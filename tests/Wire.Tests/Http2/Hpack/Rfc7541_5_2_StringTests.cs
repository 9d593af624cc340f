using Mesh.Wire.Http2.Hpack;

namespace Mesh.Wire.Tests.Http2.Hpack;

public sealed class Rfc7541_5_2_StringTests
{
    [Fact]
    public void Every_octet_survives_Huffman_coding_at_every_distance_from_the_end()
    {
        for (var octet = 0; octet < 256; octet++)
        {
            for (var behind = 0; behind < 20; behind++)
            {
                byte[] text = [(byte)'a', (byte)octet, .. Enumerable.Repeat((byte)'7', behind)];
                Assert.Equal(text, Decoded(Encoded(text)));
            }
        }
    }

    [Fact]
    public void Every_octet_survives_at_every_place_of_a_word()
    {
        for (var octet = 0; octet < 256; octet++)
        {
            for (var before = 0; before < 24; before++)
            {
                // Digits of six bits, two of which are one look into the table.
                byte[] text = [.. Enumerable.Repeat((byte)'7', before), (byte)octet, (byte)octet, .. "7777777777777777"u8];
                Assert.Equal(text, Decoded(Encoded(text)));
            }
        }
    }

    [Fact]
    public void All_octets_survive_in_one_string()
    {
        byte[] text = [.. Enumerable.Range(0, 256).Select(i => (byte)i), .. Enumerable.Range(0, 256).Select(i => (byte)(255 - i))];
        Assert.Equal(text, Decoded(Encoded(text)));
        Assert.True(Encoded(text).Length > text.Length);
    }

    [Theory]
    [InlineData("ff ff ff ff", "end of string")]
    [InlineData("ff ff ff fc", "end of string, padded with zeros")]
    [InlineData("1f ff ff ff ff", "a, end of string")]
    [InlineData("18 c6 31 8c 63 18 c6 31 ff ff ff ff", "end of string behind a full word")]
    [InlineData("00", "three bits of padding are zeros")]
    [InlineData("1e", "the last bit of padding is zero")]
    [InlineData("ff", "eight bits of padding")]
    [InlineData("1f ff", "eleven bits of padding")]
    [InlineData("ff ff", "sixteen bits of padding")]
    [InlineData("f8 ff", "eight bits of padding behind an eight bit code")]
    [InlineData("fe", "a code cut short")]
    public void A_broken_Huffman_string_is_a_compression_error(string hex, string why)
    {
        var octets = Codec.Hex(hex);
        byte[] asValue = [0x00, 0x01, (byte)'x', (byte)(0x80 | octets.Length), .. octets];
        byte[] asName = [0x40, (byte)(0x80 | octets.Length), .. octets, 0x00];
        Assert.True(Codec.Decoder().Decode(asValue, new HeaderList()) == HpackResult.CompressionError, why);
        Assert.True(Codec.Decoder().Decode(asName, new HeaderList()) == HpackResult.CompressionError, why);
        // The same where the list is over its limit and the string not kept.
        Assert.True(Codec.Decoder(maxFields: 0).Decode(asValue, new HeaderList()) == HpackResult.CompressionError, why);
        Assert.True(Codec.Decoder(maxFields: 0).Decode(asName, new HeaderList()) == HpackResult.CompressionError, why);
    }

    [Fact]
    public void Padding_of_up_to_seven_ones_and_empty_strings_are_fine()
    {
        Assert.Equal("a"u8, Decoded([0x1f])); // 3 bits
        Assert.Equal("&"u8, Decoded([0xf8])); // none
        Assert.Equal("9"u8, Decoded([0x7f])); // 2 bits
        Assert.Equal("?"u8, Decoded([0xff, 0x3f])); // 6 bits
        Assert.Empty(Decoded([]));
    }

    [Theory]
    [InlineData("00", "no strings")]
    [InlineData("00 03 61 62", "the name is cut short")]
    [InlineData("00 01 61", "no value")]
    [InlineData("00 01 61 85 1f", "the value is cut short")]
    [InlineData("41", "an indexed name, no value")]
    [InlineData("41 ff ff ff ff 0f", "a value longer than any block")]
    public void A_block_cut_short_is_a_compression_error(string hex, string why)
        => Assert.True(Codec.Decoder().Decode(Codec.Hex(hex), new HeaderList()) == HpackResult.CompressionError, why);

    [Fact]
    public void A_string_is_Huffman_coded_only_if_that_is_shorter()
    {
        Assert.Equal(Codec.Hex("82 19 07"), Written("aca"u8)); // 15 bits
        Assert.Equal(Codec.Hex("01 61"), Written("a"u8));
        Assert.Equal(Codec.Hex("02 00 01"), Written([0, 1]));
    }

    private static byte[] Encoded(ReadOnlySpan<byte> text)
    {
        var octets = new byte[HuffmanEncoder.EncodedLength(text) + HuffmanEncoder.Slack];
        HuffmanEncoder.Encode(text, octets);
        return octets[..^HuffmanEncoder.Slack];
    }

    private static byte[] Decoded(byte[] octets)
    {
        var text = new byte[HuffmanDecoder.MaxDecodedLength(octets.Length) + 1];
        var length = HuffmanDecoder.Decode(octets, ref text[0]);
        Assert.True(length >= 0);
        return text[..length];
    }

    private static byte[] Written(ReadOnlySpan<byte> text)
    {
        var room = new byte[text.Length + HpackInteger.MaxLength + HuffmanEncoder.Slack];
        return room[..HpackString.Write(room, text)];
    }
}
