using Mesh.Wire.Http2.Hpack;

namespace Mesh.Wire.Tests.Http2.Hpack;

/// <summary>The examples of RFC 7541 appendix C.2 to C.6, octet for octet.</summary>
public sealed class Rfc7541_C_ExamplesTests
{
    private static readonly string[] FirstRequest = [":method: GET", ":scheme: http", ":path: /", ":authority: www.example.com"];
    private static readonly string[] SecondRequest = [.. FirstRequest, "cache-control: no-cache"];
    private static readonly string[] ThirdRequest =
        [":method: GET", ":scheme: https", ":path: /index.html", ":authority: www.example.com", "custom-key: custom-value"];

    private static readonly string[] FirstResponse =
        [":status: 302", "cache-control: private", "date: Mon, 21 Oct 2013 20:13:21 GMT", "location: https://www.example.com"];
    private static readonly string[] SecondResponse = [":status: 307", .. FirstResponse[1..]];
    private static readonly string[] ThirdResponse =
    [
        ":status: 200", "cache-control: private", "date: Mon, 21 Oct 2013 20:13:22 GMT", "location: https://www.example.com",
        "content-encoding: gzip", "set-cookie: foo=ASDJKHQKBZXOQWEOPIUAXQWEOIU; max-age=3600; version=1",
    ];

    [Fact]
    public void C_2_1_a_literal_with_indexing_enters_the_table()
    {
        var decoder = Codec.Decoder();
        Expect(decoder, "400a 6375 7374 6f6d 2d6b 6579 0d63 7573 746f 6d2d 6865 6164 6572", ["custom-key: custom-header"], 55, "custom-key: custom-header");
    }

    [Fact]
    public void C_2_2_a_literal_without_indexing_leaves_the_table_alone()
        => Expect(Codec.Decoder(), "040c 2f73 616d 706c 652f 7061 7468", [":path: /sample/path"], 0);

    [Fact]
    public void C_2_3_a_never_indexed_literal_keeps_its_mark()
    {
        Expect(Codec.Decoder(), "1008 7061 7373 776f 7264 0673 6563 7265 74", ["!password: secret"], 0);
    }

    [Fact]
    public void C_2_4_an_indexed_field_comes_from_the_static_table()
    {
        Expect(Codec.Decoder(), "82", [":method: GET"], 0);
        Assert.Equal("82", Convert.ToHexString(Codec.Encode(new HpackEncoder(), ":method: GET")));
    }

    [Fact]
    public void C_3_requests_without_Huffman_coding()
    {
        var decoder = Codec.Decoder();
        Expect(decoder, "8286 8441 0f77 7777 2e65 7861 6d70 6c65 2e63 6f6d", FirstRequest, 57, ":authority: www.example.com");
        Expect(decoder, "8286 84be 5808 6e6f 2d63 6163 6865", SecondRequest, 110, "cache-control: no-cache", ":authority: www.example.com");
        Expect(decoder, "8287 85bf 400a 6375 7374 6f6d 2d6b 6579 0c63 7573 746f 6d2d 7661 6c75 65", ThirdRequest, 164,
            "custom-key: custom-value", "cache-control: no-cache", ":authority: www.example.com");
    }

    [Fact]
    public void C_4_requests_with_Huffman_coding_in_both_directions()
    {
        string[] blocks =
        [
            "8286 8441 8cf1 e3c2 e5f2 3a6b a0ab 90f4 ff",
            "8286 84be 5886 a8eb 1064 9cbf",
            "8287 85bf 4088 25a8 49e9 5ba9 7d7f 8925 a849 e95b b8e8 b4bf",
        ];
        var decoder = Codec.Decoder();
        Expect(decoder, blocks[0], FirstRequest, 57, ":authority: www.example.com");
        Expect(decoder, blocks[1], SecondRequest, 110, "cache-control: no-cache", ":authority: www.example.com");
        Expect(decoder, blocks[2], ThirdRequest, 164, "custom-key: custom-value", "cache-control: no-cache", ":authority: www.example.com");

        var encoder = new HpackEncoder();
        Assert.Equal(Codec.Hex(blocks[0]), Codec.Encode(encoder, FirstRequest));
        Assert.Equal(57, encoder.TableSize);
        Assert.Equal(Codec.Hex(blocks[1]), Codec.Encode(encoder, SecondRequest));
        Assert.Equal(110, encoder.TableSize);
        Assert.Equal(Codec.Hex(blocks[2]), Codec.Encode(encoder, ThirdRequest));
        Assert.Equal(164, encoder.TableSize);
    }

    [Fact]
    public void C_5_responses_without_Huffman_coding_and_with_eviction()
        => ExpectResponses(
            "4803 3330 3258 0770 7269 7661 7465 611d 4d6f 6e2c 2032 3120 4f63 7420 3230 3133 2032 303a 3133 3a32 3120 474d 546e 1768 7474 7073 3a2f 2f77 7777 2e65 7861 6d70 6c65 2e63 6f6d",
            "4803 3330 37c1 c0bf",
            "88c1 611d 4d6f 6e2c 2032 3120 4f63 7420 3230 3133 2032 303a 3133 3a32 3220 474d 54c0 5a04 677a 6970 7738 666f 6f3d 4153 444a 4b48 514b 425a 584f 5157 454f 5049 5541 5851 5745 4f49 553b 206d 6178 2d61 6765 3d33 3630 303b 2076 6572 7369 6f6e 3d31");

    [Fact]
    public void C_6_responses_with_Huffman_coding_and_with_eviction()
        => ExpectResponses(
            "4882 6402 5885 aec3 771a 4b61 96d0 7abe 9410 54d4 44a8 2005 9504 0b81 66e0 82a6 2d1b ff6e 919d 29ad 1718 63c7 8f0b 97c8 e9ae 82ae 43d3",
            "4883 640e ffc1 c0bf",
            "88c1 6196 d07a be94 1054 d444 a820 0595 040b 8166 e084 a62d 1bff c05a 839b d9ab 77ad 94e7 821d d7f2 e6c7 b335 dfdf cd5b 3960 d5af 2708 7f36 72c1 ab27 0fb5 291f 9587 3160 65c0 03ed 4ee5 b106 3d50 07");

    [Fact]
    public void C_6_lists_survive_our_encoder_with_the_small_table()
    {
        var encoder = new HpackEncoder(256);
        var decoder = Codec.Decoder();
        foreach (var response in (string[][])[FirstResponse, SecondResponse, ThirdResponse, ThirdResponse])
        {
            Assert.Equal(response, Codec.Decode(decoder, Codec.Encode(encoder, response)));
            Assert.InRange(decoder.TableSize, 0, 256);
            Assert.Equal(encoder.TableSize, decoder.TableSize);
        }
    }

    private static void ExpectResponses(string first, string second, string third)
    {
        var decoder = Codec.Decoder(maxTable: 256);
        Expect(decoder, first, FirstResponse, 222,
            "location: https://www.example.com", "date: Mon, 21 Oct 2013 20:13:21 GMT", "cache-control: private", ":status: 302");
        Expect(decoder, second, SecondResponse, 222,
            ":status: 307", "location: https://www.example.com", "date: Mon, 21 Oct 2013 20:13:21 GMT", "cache-control: private");
        Expect(decoder, third, ThirdResponse, 215,
            ThirdResponse[5], "content-encoding: gzip", "date: Mon, 21 Oct 2013 20:13:22 GMT");
    }

    private static void Expect(HpackDecoder decoder, string block, string[] list, int tableSize, params string[] table)
    {
        Assert.Equal(list, Codec.Decode(decoder, Codec.Hex(block)));
        Assert.Equal(tableSize, decoder.TableSize);
        Assert.Equal(table, Codec.Table(decoder));
    }
}
