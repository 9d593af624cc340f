using Mesh.Wire.Http2.Hpack;

namespace Mesh.Wire.Tests.Http2.Hpack;

/// <summary>What the encoder spends its table on.</summary>
public sealed class IndexingTests
{
    private static readonly string[] Call =
    [
        ":method: POST", ":scheme: http", ":path: /demo.v1.Orders/Get", ":authority: orders", "te: trailers",
        "content-type: application/grpc", "user-agent: grpc-dotnet/2.85.0", "grpc-accept-encoding: identity,gzip",
    ];

    [Fact]
    public void A_repeated_block_is_an_octet_for_each_field()
    {
        var encoder = new HpackEncoder();
        Codec.Encode(encoder, Call);
        Assert.Equal(Call.Length, Codec.Encode(encoder, Call).Length);
    }

    [Theory]
    [InlineData("grpc-timeout: 1S")]
    [InlineData("traceparent: 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01")]
    [InlineData("tracestate: a=1")]
    [InlineData("content-length: 17")]
    [InlineData("grpc-message: oops")]
    [InlineData("grpc-status-details-bin: AAAA")]
    [InlineData("date: Mon, 21 Oct 2013 20:13:21 GMT")]
    [InlineData("x-request-id: 7")]
    [InlineData("b3: 80f198ee56343ba864fe8b2a57d3eff7-e457b5a2e4d86bd1-1")]
    [InlineData("x-b3-traceid: 80f198ee56343ba864fe8b2a57d3eff7")]
    [InlineData("x-b3-spanid: e457b5a2e4d86bd1")]
    public void Fields_that_change_with_each_message_never_enter_the_table(string field)
    {
        var encoder = new HpackEncoder();
        for (var i = 0; i < 3; i++)
        {
            Assert.Equal([field], Codec.Decode(Codec.Decoder(), Codec.Encode(encoder, field)));
            Assert.Equal(0, encoder.TableCount);
        }
    }

    [Theory]
    [InlineData(":path: /{0}", 255, true)]
    [InlineData(":path: /{0}", 256, false)]
    [InlineData("x-value: {0}", 985, true)]
    [InlineData("x-value: {0}", 986, false)]
    public void Large_values_do_not_enter_the_table(string field, int length, bool enters)
    {
        var encoder = new HpackEncoder();
        for (var i = 0; i < 3; i++)
        {
            Codec.Encode(encoder, field.Replace("{0}", new string('p', length), StringComparison.Ordinal));
        }

        Assert.Equal(enters ? 1 : 0, encoder.TableCount);
    }

    [Fact]
    public void In_a_table_half_full_a_field_is_indexed_on_its_second_sighting()
    {
        var encoder = HalfFull();
        var count = encoder.TableCount;
        var first = Codec.Encode(encoder, "x-new: value");
        Assert.Equal(count, encoder.TableCount);
        var second = Codec.Encode(encoder, "x-new: value");
        Assert.Equal(count + 1, encoder.TableCount);
        var third = Codec.Encode(encoder, "x-new: value");
        Assert.Equal((0x00, 0x40, 1), (first[0], second[0], third.Length));
    }

    [Fact]
    public void Values_that_never_return_leave_the_useful_entries_alone()
    {
        var encoder = new HpackEncoder();
        var decoder = Codec.Decoder();
        Codec.Decode(decoder, Codec.Encode(encoder, Call));
        for (var i = 0; i < 2000; i++)
        {
            string[] call = [.. Call, $"x-correlation: {i:x16}"];
            Assert.Equal(call, Codec.Decode(decoder, Codec.Encode(encoder, call)));
        }

        Assert.Equal(Call.Length, Codec.Encode(encoder, Call).Length);
        Assert.InRange(encoder.TableSize, 0, 2048);
    }

    [Fact]
    public void Five_hundred_paths_in_turn_do_not_thrash_the_table()
    {
        var encoder = new HpackEncoder();
        var decoder = Codec.Decoder();
        var inserting = 0;
        for (var i = 0; i < 5000; i++)
        {
            string[] call = [.. Call];
            call[2] = $":path: /demo.v1.Orders/Method{i % 500}";
            var before = decoder.TableGeneration;
            Assert.Equal(call, Codec.Decode(decoder, Codec.Encode(encoder, call)));
            inserting += decoder.TableGeneration != before ? 1 : 0;
        }

        Assert.InRange(inserting, 1, 100);
        Assert.Equal(Call.Length - 1, Codec.Encode(encoder, [.. Call[..2], .. Call[3..]]).Length);
    }

    [Fact]
    public void A_name_in_the_table_is_sent_as_an_index()
    {
        var encoder = new HpackEncoder();
        Codec.Encode(encoder, "x-a-rather-long-name: 1");
        Codec.Encode(encoder, "another: 1");
        Assert.Equal(Codec.Hex("7f 00 01 32"), Codec.Encode(encoder, "x-a-rather-long-name: 2"));
        Assert.Equal(Codec.Hex("7e 01 33"), Codec.Encode(encoder, "x-a-rather-long-name: 3"));
    }

    [Fact]
    public void Every_entry_of_the_table_is_found_again()
    {
        var encoder = new HpackEncoder();
        string[] fields = [.. Enumerable.Range(0, 45).Select(i => $"x-{i % 7}: {i}")];
        Codec.Encode(encoder, fields);
        Assert.Equal(fields.Length, encoder.TableCount);
        Assert.Equal(fields.Length, Codec.Encode(encoder, fields).Length);
    }

    [Fact]
    public void Fields_with_the_same_hash_are_told_apart()
    {
        var (one, other) = EqualHashes();
        var encoder = new HpackEncoder();
        var decoder = Codec.Decoder();
        for (var i = 0; i < 3; i++)
        {
            Assert.Equal(["x: " + one], Codec.Decode(decoder, Codec.Encode(encoder, "x: " + one)));
            Assert.Equal(["x: " + other], Codec.Decode(decoder, Codec.Encode(encoder, "x: " + other)));
        }

        Assert.Equal(2, encoder.TableCount);
    }

    [Fact]
    public void A_field_whose_value_was_replaced_is_found_like_any_other()
    {
        var encoder = new HpackEncoder();
        var list = Codec.List("x-a: 1");
        Codec.Encode(encoder, list);
        list.SetValue(0, "2"u8);
        Codec.Encode(encoder, list);
        Assert.Single(Codec.Encode(encoder, "x-a: 2"));
    }

    [Fact]
    public void A_block_is_appended_to_what_the_output_holds()
    {
        var output = new Mesh.Wire.Buffers.ByteBuffer();
        output.Append("head"u8);
        new HpackEncoder().Encode(Codec.List(":method: GET"), output);
        Assert.Equal("68656164" + "82", Convert.ToHexString(output.Written));
    }

    [Fact]
    public void A_list_decoded_on_one_connection_is_encoded_on_another_with_its_own_table()
    {
        var downstream = new HpackEncoder();
        var proxyDecoder = Codec.Decoder();
        var proxyEncoder = new HpackEncoder();
        var upstream = Codec.Decoder();
        Codec.Decode(upstream, Codec.Encode(proxyEncoder, "x-other: traffic", "te: trailers"));
        var list = new HeaderList();
        for (var i = 0; i < 3; i++)
        {
            Assert.Equal(HpackResult.Ok, proxyDecoder.Decode(Codec.Encode(downstream, Call), list));
            var block = Codec.Encode(proxyEncoder, list);
            Assert.Equal(Call, Codec.Decode(upstream, block));
            Assert.True(i == 0 || block.Length == Call.Length);
        }
    }

    private static HpackEncoder HalfFull()
    {
        var encoder = new HpackEncoder();
        for (var i = 0; encoder.TableSize < 2000; i++)
        {
            Codec.Encode(encoder, $"x-fill: {i:d6}");
        }

        return encoder;
    }

    /// <summary>Two values of the field "x" whose 32 bits of hash are the same: among some 100,000 there are.</summary>
    private static (string One, string Other) EqualHashes()
    {
        var seen = new Dictionary<uint, int>();
        for (var i = 0; ; i++)
        {
            var hash = FieldHash.Of(KnownHeader.Unknown, "x"u8, Codec.Bytes($"{i}"));
            if (!seen.TryAdd(hash, i))
            {
                return ($"{seen[hash]}", $"{i}");
            }
        }
    }
}
