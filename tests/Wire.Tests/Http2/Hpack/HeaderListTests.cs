using Mesh.Wire.Http2.Hpack;

namespace Mesh.Wire.Tests.Http2.Hpack;

public sealed class HeaderListTests
{
    [Fact]
    public void Fields_keep_their_order_their_bytes_and_their_repetitions()
    {
        var list = Codec.List("b: 2", "a: 1", "b: 2", "b: 3", "x-empty: ", "!secret: s");
        Assert.Equal(["b: 2", "a: 1", "b: 2", "b: 3", "x-empty: ", "!secret: s"], Codec.Lines(list));
        Assert.Equal(6, list.Count);
    }

    [Fact]
    public void Size_counts_name_value_and_32_for_each_field()
    {
        var list = Codec.List("abc: defg", "x: ");
        Assert.Equal(3 + 4 + 32 + 1 + 0 + 32, list.Size);
        list.SetValue(1, "12345"u8);
        Assert.Equal(3 + 4 + 32 + 1 + 5 + 32, list.Size);
        list.RemoveAt(0);
        Assert.Equal(1 + 5 + 32, list.Size);
        list.Clear();
        Assert.Equal((0, 0), (list.Size, list.Count));
    }

    [Fact]
    public void A_known_name_is_found_whether_it_was_added_by_bytes_or_by_number()
    {
        var list = new HeaderList();
        list.Add("x-other"u8, "0"u8);
        list.Add("grpc-timeout"u8, "1S"u8);
        list.Add(KnownHeader.Te, "trailers"u8);
        Assert.Equal(1, list.IndexOf(KnownHeader.GrpcTimeout));
        Assert.Equal(2, list.IndexOf("te"u8));
        Assert.Equal(KnownHeader.Te, list.KnownAt(2));
        Assert.Equal("te", Codec.Text(list.NameAt(2)));
        Assert.Equal(0, list.IndexOf("x-other"u8));
        Assert.Equal(-1, list.IndexOf("x-othe"u8));
        Assert.Equal(-1, list.IndexOf(KnownHeader.Cookie));
        Assert.Equal(-1, list.IndexOf(KnownHeader.Unknown));
    }

    [Fact]
    public void A_look_up_finds_the_first_of_repeated_fields()
    {
        var list = Codec.List("cookie: a=1", "x: 1", "cookie: b=2", "x: 2");
        Assert.True(list.TryGet(KnownHeader.Cookie, out var cookie));
        Assert.Equal("a=1", Codec.Text(cookie));
        Assert.True(list.TryGet("x"u8, out var x));
        Assert.Equal("1", Codec.Text(x));
        Assert.False(list.TryGet(KnownHeader.Date, out var none));
        Assert.True(none.IsEmpty);
    }

    [Theory]
    [InlineData("s")]
    [InlineData("")]
    [InlineData("a value that is much longer than the one it takes the place of")]
    public void A_value_is_replaced_in_place(string value)
    {
        var list = Codec.List("a: 1", "b: middle", "c: 3");
        list.SetValue(1, Codec.Bytes(value));
        Assert.Equal(["a: 1", "b: " + value, "c: 3"], Codec.Lines(list));
    }

    [Fact]
    public void A_value_may_be_replaced_by_one_of_the_same_list_even_if_the_buffer_grows()
    {
        var list = Codec.List("a: 1", "b: " + new string('v', 900));
        list.SetValue(0, list.ValueAt(1));
        list.Add("c"u8, list.ValueAt(1));
        Assert.Equal(["a: " + new string('v', 900), "b: " + new string('v', 900), "c: " + new string('v', 900)], Codec.Lines(list));
    }

    [Fact]
    public void A_replaced_value_is_what_gets_encoded()
    {
        var decoder = Codec.Decoder();
        var encoder = new HpackEncoder();
        var peer = Codec.Decoder();
        var list = new HeaderList();
        for (var i = 0; i < 3; i++)
        {
            // Indexed by the sender, so that the list carries the hash and the static index of the old value.
            Assert.Equal(HpackResult.Ok, decoder.Decode([0x82, 0x84, .. i == 0 ? Codec.Literal(0x40, "x-key", "old") : [0xbe]], list));
            list.SetValue(0, "PUT"u8);
            list.SetValue(2, "new value"u8);
            Assert.Equal([":method: PUT", ":path: /", "x-key: new value"], Codec.Decode(peer, Codec.Encode(encoder, list)));
        }
    }

    [Theory]
    [InlineData(0, "b: 2,c: 3")]
    [InlineData(1, "a: 1,c: 3")]
    [InlineData(2, "a: 1,b: 2")]
    public void Removing_keeps_the_order_of_the_rest(int index, string rest)
    {
        var list = Codec.List("a: 1", "b: 2", "c: 3");
        list.RemoveAt(index);
        Assert.Equal(rest.Split(','), Codec.Lines(list));
        list.Add(KnownHeader.Host, "h"u8);
        Assert.Equal(2, list.IndexOf(KnownHeader.Host));
    }

    [Fact]
    public void A_copy_is_equal_and_independent()
    {
        string[] lines = [.. Enumerable.Range(0, 40).Select(i => $"x-{i}: {new string('v', i)}"), "te: trailers", "!secret: s"];
        var source = Codec.List(lines);
        source.SetValue(0, "set afterwards and longer"u8);
        source.RemoveAt(1);
        var copy = Codec.List("old: content");
        copy.CopyFrom(source);
        var expected = Codec.Lines(source);
        Assert.Equal(source.Size, copy.Size);
        source.SetValue(3, "!"u8);
        source.Clear();
        Assert.Equal(expected, Codec.Lines(copy));
        Assert.Equal(39, copy.IndexOf(KnownHeader.Te));
        copy.CopyFrom(copy);
        Assert.Equal(expected, Codec.Lines(copy));
        copy.CopyFrom(source);
        Assert.Equal(0, copy.Count);
    }

    [Fact]
    public void Trimming_gives_back_an_oversized_buffer_and_keeps_a_normal_one()
    {
        var list = Codec.List("x: " + new string('v', 100_000));
        list.Trim();
        Assert.Equal(0, list.Count);
        Assert.True(list.BytesCapacity <= HeaderList.KeptBytes);
        list.Add("x"u8, new byte[1000]);
        var kept = list.BytesCapacity;
        list.Trim();
        Assert.Equal(kept, list.BytesCapacity);
        list.Add("x"u8, "y"u8);
        Assert.Equal(["x: y"], Codec.Lines(list));
    }

    [Fact]
    public void An_index_out_of_range_is_refused()
    {
        var list = Codec.List("a: 1");
        list.Add("b"u8, "2"u8);
        list.RemoveAt(1);
        Assert.Throws<ArgumentOutOfRangeException>(() => list.KnownAt(1));
        Assert.Throws<ArgumentOutOfRangeException>(() => list.SetValue(1, "x"u8));
        Assert.Throws<ArgumentOutOfRangeException>(() => list.RemoveAt(-1));
        Assert.Throws<ArgumentOutOfRangeException>(() => list.Add(KnownHeader.Unknown, "x"u8));
    }

    [Fact]
    public void Removing_all_of_a_name_keeps_the_order_of_the_others()
    {
        var list = Codec.List("cookie: 1", "a: 2", "cookie: 3", "cookie: 4", "b: 5");
        list.RemoveAll(KnownHeader.Cookie);
        list.RemoveAll(KnownHeader.Host);
        Assert.Equal(["a: 2", "b: 5"], Codec.Lines(list));
        Assert.Equal(2 * (HeaderList.FieldOverhead + 2), list.Size);
    }
}
