using Mesh.Wire.Http2.Hpack;

namespace Mesh.Wire.Tests.Http2.Hpack;

public sealed class Rfc7541_A_StaticTableTests
{
    [Theory]
    [InlineData(1, ":authority: ")]
    [InlineData(2, ":method: GET")]
    [InlineData(3, ":method: POST")]
    [InlineData(5, ":path: /index.html")]
    [InlineData(7, ":scheme: https")]
    [InlineData(8, ":status: 200")]
    [InlineData(14, ":status: 500")]
    [InlineData(16, "accept-encoding: gzip, deflate")]
    [InlineData(31, "content-type: ")]
    [InlineData(58, "user-agent: ")]
    [InlineData(61, "www-authenticate: ")]
    public void An_index_names_the_entry_of_the_appendix(int index, string field)
        => Assert.Equal([field], Codec.Decode(Codec.Decoder(), Codec.Index(index)));

    [Fact]
    public void Fields_with_a_value_of_the_static_table_are_encoded_as_one_octet()
    {
        for (var index = 1; index <= StaticTable.Count; index++)
        {
            var field = Codec.Decode(Codec.Decoder(), Codec.Index(index));
            if (!field[0].EndsWith(": ", StringComparison.Ordinal))
            {
                Assert.Equal(Codec.Index(index), Codec.Encode(new HpackEncoder(), field));
            }
        }
    }

    [Fact]
    public void A_name_of_the_static_table_is_sent_as_an_index_with_another_value()
        => Assert.Equal(Codec.Hex("0f 10 01 78"), Codec.Encode(new HpackEncoder(0), "content-type: x")[1..]);
}
