using Mesh.Wire.Http2.Hpack;

namespace Mesh.Wire.Tests.Http2.Hpack;

public sealed class Rfc7541_5_1_IntegerTests
{
    [Theory]
    [InlineData(0x1f, 10, "0a")] // C.1.1
    [InlineData(0x1f, 1337, "1f 9a 0a")] // C.1.2
    [InlineData(0xff, 42, "2a")] // C.1.3
    [InlineData(0x7f, 127, "7f 00")]
    [InlineData(0x0f, 14, "0e")]
    [InlineData(0x0f, 15, "0f 00")]
    [InlineData(0x0f, int.MaxValue, "0f f0 ff ff ff 07")]
    public void Integers_are_written_and_read_as_in_the_appendix(int mask, int value, string hex)
    {
        var octets = new byte[HpackInteger.MaxLength];
        Assert.Equal(Codec.Hex(hex), octets[..HpackInteger.Write(octets, 0, mask, value)]);
        var position = 1;
        Assert.True(HpackInteger.TryRead(octets, ref position, octets[0], mask, out var read));
        Assert.Equal(value, read);
        Assert.Equal(Codec.Hex(hex).Length, position);
    }

    [Theory]
    [InlineData("ff", "the block ends within it")]
    [InlineData("ff ff ff", "the block ends within it")]
    [InlineData("ff 81 ff ff ff 07", "one above the largest we accept")]
    [InlineData("ff ff ff ff ff 0f", "above 32 bits")]
    [InlineData("ff 80 80 80 80 80 00", "more octets than it needs")]
    [InlineData("ff ff ff ff ff ff ff ff ff ff ff ff ff 7f", "endless")]
    public void An_integer_out_of_bounds_is_a_compression_error(string hex, string why)
    {
        var position = 1;
        Assert.False(HpackInteger.TryRead(Codec.Hex(hex), ref position, 0xff, 0x7f, out _), why);
        Assert.Equal(HpackResult.CompressionError, Codec.Decoder().Decode(Codec.Hex(hex), new HeaderList()));
    }

    [Fact]
    public void A_megabyte_of_continuation_octets_is_refused()
    {
        foreach (byte first in (byte[])[0xff, 0x7f, 0x3f, 0x1f, 0x0f])
        {
            var block = new byte[1 << 20];
            block.AsSpan().Fill(0x80);
            block[0] = first;
            Assert.Equal(HpackResult.CompressionError, Codec.Decoder().Decode(block, new HeaderList()));
        }
    }
}
