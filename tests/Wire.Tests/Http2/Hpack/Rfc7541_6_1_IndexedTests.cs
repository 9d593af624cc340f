using Mesh.Wire.Http2.Hpack;

namespace Mesh.Wire.Tests.Http2.Hpack;

public sealed class Rfc7541_6_1_IndexedTests
{
    [Theory]
    [InlineData("80", "index 0")]
    [InlineData("be", "62 in an empty table")]
    [InlineData("82 82 be", "62 behind good fields")]
    [InlineData("ff 00", "127")]
    [InlineData("ff ff ff ff 07", "far beyond")]
    [InlineData("7e 01 61", "a name beyond the table")]
    [InlineData("0f 2f 01 61", "a name beyond the table, without indexing")]
    [InlineData("1f 2f 01 61", "a name beyond the table, never indexed")]
    [InlineData("40 01 61 01 62 bf", "one beyond the only entry")]
    public void An_index_without_an_entry_is_a_compression_error(string hex, string why)
    {
        var list = new HeaderList();
        Assert.True(Codec.Decoder().Decode(Codec.Hex(hex), list) == HpackResult.CompressionError, why);
        Assert.Equal(0, list.Count);
        Assert.True(Codec.Decoder(maxFields: 0).Decode(Codec.Hex(hex), list) == HpackResult.CompressionError, why);
    }

    [Fact]
    public void Indexes_of_more_than_one_octet_reach_the_end_of_a_full_table()
    {
        var decoder = Codec.Decoder();
        for (var i = 0; i < 124; i++)
        {
            Codec.Decode(decoder, Codec.Literal(0x40, "", (i % 10).ToString(System.Globalization.CultureInfo.InvariantCulture)));
        }

        Assert.Equal(124, decoder.TableCount);
        Assert.Equal(Enumerable.Range(0, 124).Select(age => $": {(123 - age) % 10}"), Codec.Table(decoder));
        Assert.Equal(HpackResult.CompressionError, decoder.Decode(Codec.Index(186), new HeaderList()));
    }

    [Fact]
    public void An_indexed_field_knows_its_name()
    {
        var decoder = Codec.Decoder();
        var list = new HeaderList();
        Assert.Equal(HpackResult.Ok, decoder.Decode([0x83, .. Codec.Literal(0x40, "grpc-encoding", "gzip"), 0xbe, .. Codec.Literal(0x40, "x-own", "1"), 0xbe], list));
        Assert.Equal(
            [KnownHeader.Method, KnownHeader.GrpcEncoding, KnownHeader.GrpcEncoding, KnownHeader.Unknown, KnownHeader.Unknown],
            Enumerable.Range(0, list.Count).Select(list.KnownAt));
    }

    [Fact]
    public void An_empty_block_is_an_empty_list()
    {
        var list = Codec.List("old: content");
        Assert.Equal(HpackResult.Ok, Codec.Decoder().Decode([], list));
        Assert.Equal(0, list.Count);
    }
}
