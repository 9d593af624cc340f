using Mesh.Wire.Http2.Hpack;

namespace Mesh.Wire.Tests.Http2.Hpack;

/// <summary>Dynamic table size updates (sections 4.2 and 6.3, RFC 9113 section 4.3.1), read and written.</summary>
public sealed class Rfc7541_6_3_SizeUpdateTests
{
    [Fact]
    public void An_update_evicts_what_no_longer_fits()
    {
        var decoder = Codec.Decoder();
        Codec.Decode(decoder, Codec.Concat(Codec.Literal(0x40, "a", "1"), Codec.Literal(0x40, "b", "2")));
        Codec.Decode(decoder, [0x3f, 0x04]); // 35
        Assert.Equal(["b: 2"], Codec.Table(decoder));
        Codec.Decode(decoder, [0x20, 0x3f, 0xe1, 0x1f]); // 0, then 4096
        Assert.Equal(0, decoder.TableCount);
        Codec.Decode(decoder, Codec.Literal(0x40, "a", new string('v', 4000)));
        Assert.Equal(1, decoder.TableCount);
    }

    [Theory]
    [InlineData("3f e2 1f", "4097, above our maximum")]
    [InlineData("82 20", "behind a field")]
    [InlineData("20 20 20", "a third one")]
    [InlineData("3f", "cut short")]
    [InlineData("3f ff ff ff ff ff", "out of bounds")]
    public void An_update_out_of_place_or_too_large_is_a_compression_error(string hex, string why)
        => Assert.True(Codec.Decoder().Decode(Codec.Hex(hex), new HeaderList()) == HpackResult.CompressionError, why);

    [Fact]
    public void A_larger_maximum_is_used_once_the_peer_says_so()
    {
        var decoder = Codec.Decoder(maxTable: 8192);
        Codec.Decode(decoder, Codec.Literal(0x40, "a", new string('v', 5000)));
        Assert.Equal(0, decoder.TableCount);
        Codec.Decode(decoder, Codec.Concat(Codec.Hex("3f e1 3f"), Codec.Literal(0x40, "a", new string('v', 5000))));
        Assert.Equal(5033, decoder.TableSize);
    }

    [Fact]
    public void A_lowered_maximum_must_be_answered_by_the_next_block()
    {
        Assert.Equal(HpackResult.CompressionError, Lowered().Decode([0x82], new HeaderList()));
        Assert.Equal(HpackResult.CompressionError, Lowered().Decode(Codec.Hex("3f e1 1f 82"), new HeaderList()));
        var decoder = Lowered();
        Assert.Equal([":method: GET"], Codec.Decode(decoder, Codec.Hex("3f 45 82"))); // 100
        Assert.Equal([":method: GET"], Codec.Decode(decoder, [0x82]));
    }

    [Fact]
    public void A_maximum_that_went_down_and_up_must_be_answered_by_the_lowest_first()
    {
        var decoder = Lowered();
        decoder.SetMaxTableSize(4096);
        Assert.Equal(HpackResult.CompressionError, decoder.Decode(Codec.Hex("3f e1 1f 82"), new HeaderList()));
        decoder = Lowered();
        decoder.SetMaxTableSize(4096);
        Assert.Equal([":method: GET"], Codec.Decode(decoder, Codec.Hex("3f 45 3f e1 1f 82")));
    }

    [Fact]
    public void A_maximum_above_what_the_peer_uses_needs_no_answer()
    {
        var decoder = Codec.Decoder();
        Codec.Decode(decoder, Codec.Hex("3f 45")); // 100
        decoder.SetMaxTableSize(2000);
        Assert.Equal([":method: GET"], Codec.Decode(decoder, [0x82]));
    }

    [Fact]
    public void The_encoder_answers_a_lowered_setting_at_the_start_of_its_next_block_only()
    {
        var encoder = new HpackEncoder();
        Codec.Encode(encoder, "x-a: 1", "x-b: 2");
        encoder.SetPeerTableSize(40);
        Assert.Equal(Codec.Hex("3f 09 82"), Codec.Encode(encoder, ":method: GET"));
        Assert.Equal((36, 1), (encoder.TableSize, encoder.TableCount));
        Assert.Equal(Codec.Hex("82"), Codec.Encode(encoder, ":method: GET"));
    }

    [Fact]
    public void The_encoder_signals_the_lowest_size_first_if_the_setting_went_down_and_up()
    {
        var encoder = new HpackEncoder();
        Codec.Encode(encoder, "x-a: 1");
        encoder.SetPeerTableSize(100);
        encoder.SetPeerTableSize(0);
        encoder.SetPeerTableSize(4096);
        Assert.Equal(Codec.Hex("20 3f e1 1f 82"), Codec.Encode(encoder, ":method: GET"));
        Assert.Equal(0, encoder.TableCount);
    }

    [Fact]
    public void The_encoder_says_nothing_of_a_setting_that_changes_nothing()
    {
        var encoder = new HpackEncoder();
        encoder.SetPeerTableSize(4096);
        encoder.SetPeerTableSize(uint.MaxValue);
        Assert.Equal(Codec.Hex("82"), Codec.Encode(encoder, ":method: GET"));
    }

    [Fact]
    public void The_encoder_never_uses_more_than_it_is_willing_to_spend()
    {
        var small = new HpackEncoder(1024);
        small.SetPeerTableSize(65536);
        Assert.Equal(Codec.Hex("3f e1 07 82"), Codec.Encode(small, ":method: GET"));
        var large = new HpackEncoder(65536);
        Assert.Equal(Codec.Hex("82"), Codec.Encode(large, ":method: GET"));
        large.SetPeerTableSize(8192);
        Assert.Equal(Codec.Hex("3f e1 3f 82"), Codec.Encode(large, ":method: GET"));
    }

    [Theory]
    [InlineData(0, 4096)]
    [InlineData(4096, 0)]
    public void Without_a_table_every_field_is_a_literal_that_decodes(int ours, uint peers)
    {
        var encoder = new HpackEncoder(ours);
        encoder.SetPeerTableSize(peers);
        var decoder = Codec.Decoder(maxTable: 4096);
        decoder.SetMaxTableSize((int)peers);
        string[] fields = [":method: POST", ":path: /a.B/C", "x-own: 1", "te: trailers"];
        for (var i = 0; i < 4; i++)
        {
            Assert.Equal(fields, Codec.Decode(decoder, Codec.Encode(encoder, fields)));
        }

        Assert.Equal((0, 0), (encoder.TableCount, decoder.TableCount));
    }

    private static HpackDecoder Lowered()
    {
        var decoder = Codec.Decoder();
        Codec.Decode(decoder, Codec.Literal(0x40, "a", "1"));
        decoder.SetMaxTableSize(100);
        return decoder;
    }
}
