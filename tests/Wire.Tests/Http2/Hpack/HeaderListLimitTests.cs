using Mesh.Wire.Http2.Hpack;

namespace Mesh.Wire.Tests.Http2.Hpack;

/// <summary>RFC 9113 section 10.5.1: what a list that is too large may cost, and that the connection outlives it.</summary>
public sealed class HeaderListLimitTests
{
    [Fact]
    public void A_list_of_exactly_the_limit_is_accepted_and_one_octet_more_is_not()
    {
        var block = Codec.Concat([0x82], Codec.Literal(0x00, "x", "12345"));
        const int size = 7 + 3 + 32 + 1 + 5 + 32;
        Assert.Equal(HpackResult.Ok, Codec.Decoder(maxList: size).Decode(block, new HeaderList()));
        Assert.Equal(HpackResult.HeaderListTooLarge, Codec.Decoder(maxList: size - 1).Decode(block, new HeaderList()));
    }

    [Theory]
    [InlineData("82 84 87")]
    [InlineData("00 01 61 01 31 00 01 62 01 32 00 01 63 01 33")]
    public void More_fields_than_allowed_are_too_large(string hex)
    {
        Assert.Equal(HpackResult.Ok, Codec.Decoder(maxFields: 3).Decode(Codec.Hex(hex), new HeaderList()));
        var list = new HeaderList();
        Assert.Equal(HpackResult.HeaderListTooLarge, Codec.Decoder(maxFields: 2).Decode(Codec.Hex(hex), list));
        Assert.Equal((0, 0), (list.Count, list.Size));
    }

    [Fact]
    public void The_table_stays_in_step_through_a_list_that_is_too_large()
    {
        var limited = Codec.Decoder(maxList: 200);
        var unlimited = Codec.Decoder();
        var encoder = new HpackEncoder();
        string[] large = [.. Enumerable.Range(0, 20).Select(i => $"x-name-{i}: value {i}"), "x-name-1: another", "x-name-0: " + new string('h', 300), "!x-secret: s"];
        var block = Codec.Encode(encoder, large);
        var list = new HeaderList();
        Assert.Equal(HpackResult.HeaderListTooLarge, limited.Decode(block, list));
        Assert.Equal(0, list.Count);
        Assert.Equal(large, Codec.Decode(unlimited, block));
        Assert.Equal(unlimited.TableSize, limited.TableSize);
        Assert.True(limited.TableCount >= 20);
        Assert.Equal(["x-name-3: value 3"], Codec.Decode(limited, Codec.Encode(encoder, "x-name-3: value 3")));
    }

    [Fact]
    public void A_field_above_both_limits_empties_the_table_as_its_sender_expects()
    {
        var decoder = Codec.Decoder(maxTable: 100, maxList: 200);
        Codec.Decode(decoder, Codec.Literal(0x40, "a", "1"));
        var block = Codec.Concat(Codec.Literal(0x40, "big", new string('v', 500)), Codec.Literal(0x40, "b", "2"));
        Assert.Equal(HpackResult.HeaderListTooLarge, decoder.Decode(block, new HeaderList()));
        Assert.Equal(["b: 2"], Codec.Table(decoder));
    }

    [Fact]
    public void A_bomb_of_indexes_to_a_large_entry_is_not_unfolded()
    {
        var decoder = Codec.Decoder(maxList: 64 * 1024, maxFields: 100_000);
        var list = new HeaderList();
        var bomb = new byte[60_000];
        bomb.AsSpan().Fill(0xbe);
        var block = Codec.Concat(Codec.Literal(0x40, "a", new string('v', 4000)), bomb);
        Assert.Equal(HpackResult.HeaderListTooLarge, decoder.Decode(block, list));
        Assert.Equal(0, list.Count);
        // Unfolded it would be 240 MB.
        Assert.InRange(list.BytesCapacity, 0, 256 * 1024);
        Assert.Equal([":method: GET"], Codec.Decode(decoder, [0x82]));
    }

    [Fact]
    public void Copying_a_large_name_again_and_again_ends_the_connection()
    {
        // Two octets each that insert an entry with a name of 4000: what is decoded for the table's sake alone has a bound as well.
        var decoder = Codec.Decoder(maxList: 8192);
        var bomb = new byte[60_000];
        for (var i = 0; i < bomb.Length; i += 2)
        {
            bomb[i] = 0x7e;
        }

        var block = Codec.Concat(Codec.Literal(0x40, new string('n', 4000), "v"), bomb);
        Assert.Equal(HpackResult.CompressionError, decoder.Decode(block, new HeaderList()));
    }

    [Fact]
    public void A_large_name_that_is_referred_to_without_indexing_costs_nothing()
    {
        var decoder = Codec.Decoder(maxList: 8192);
        var list = new HeaderList();
        var bomb = new byte[60_000];
        for (var i = 0; i < bomb.Length; i += 3)
        {
            bomb[i] = 0x0f;
            bomb[i + 1] = 62 - 15;
        }

        var block = Codec.Concat(Codec.Literal(0x40, new string('n', 4000), "v"), bomb);
        Assert.Equal(HpackResult.HeaderListTooLarge, decoder.Decode(block, list));
        Assert.InRange(list.BytesCapacity, 0, 64 * 1024);
    }

    [Fact]
    public void Limits_of_zero_refuse_any_field_and_accept_an_empty_block()
    {
        var decoder = new HpackDecoder(0, 0, 0);
        Assert.Equal(HpackResult.Ok, decoder.Decode([], new HeaderList()));
        Assert.Equal(HpackResult.HeaderListTooLarge, decoder.Decode([0x82], new HeaderList()));
        Assert.Equal(HpackResult.HeaderListTooLarge, decoder.Decode(Codec.Literal(0x40, "a", "b"), new HeaderList()));
    }
}
