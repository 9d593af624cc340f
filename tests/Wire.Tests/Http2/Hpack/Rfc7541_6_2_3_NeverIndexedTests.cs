using Mesh.Wire.Http2.Hpack;

namespace Mesh.Wire.Tests.Http2.Hpack;

public sealed class Rfc7541_6_2_3_NeverIndexedTests
{
    [Fact]
    public void A_never_indexed_field_passes_a_proxy_as_one()
    {
        byte[] block = [.. Codec.Literal(0x10, "x-secret", "s3cret"), 0x1f, 0x05, .. Codec.Plain("a"), 0x12, .. Codec.Plain("GET")];
        var list = new HeaderList();
        Assert.Equal(HpackResult.Ok, Codec.Decoder().Decode(block, list));
        Assert.Equal(["!x-secret: s3cret", "!access-control-allow-origin: a", "!:method: GET"], Codec.Lines(list));

        var encoder = new HpackEncoder();
        var next = Codec.Decoder();
        for (var i = 0; i < 3; i++)
        {
            Assert.Equal(Codec.Lines(list), Codec.Decode(next, Codec.Encode(encoder, list)));
        }

        Assert.Equal(0, encoder.TableCount);
        Assert.Equal(0, next.TableCount);
    }

    [Theory]
    [InlineData("authorization: Bearer abcdefghijklmnop")]
    [InlineData("proxy-authorization: Basic abcdef")]
    [InlineData("cookie: id=1234567")]
    public void Secrets_are_sent_never_indexed_even_if_they_came_otherwise(string field)
    {
        var encoder = new HpackEncoder();
        for (var i = 0; i < 3; i++)
        {
            Assert.Equal(["!" + field], Codec.Decode(Codec.Decoder(), Codec.Encode(encoder, field)));
        }
    }

    [Fact]
    public void A_long_cookie_is_indexed()
    {
        var encoder = new HpackEncoder();
        Codec.Encode(encoder, "cookie: session=0123456789abcdef0123456789abcdef");
        Assert.Single(Codec.Encode(encoder, "cookie: session=0123456789abcdef0123456789abcdef"));
    }
}
