using System.Buffers.Binary;
using System.Text;
using Mesh.Sidecar.Flow.GrpcWeb;
using Mesh.Wire.Buffers;

namespace Mesh.Sidecar.Tests.Flow.GrpcWeb;

/// <summary>Base64 that comes and goes in pieces, and the frame of trailers in it.</summary>
public sealed class Base64Tests
{
    private static readonly SegmentPool Pool = new();

    [Theory]
    [InlineData("", "")]
    [InlineData("YQ==", "a")]
    [InlineData("YWI=", "ab")]
    [InlineData("YWJj", "abc")]
    [InlineData("YWJjZGVm", "abcdef")]
    [InlineData("YQ==YWI=YWJj", "aababc")] // each message by itself
    [InlineData("YWJjYQ==YWJjZGVmYWI=", "abcaabcdefab")]
    [InlineData("+/+/", "\u00fb\u00ff\u00bf")]
    public void Text_is_decoded_however_it_is_cut_and_padding_may_stand_between_groups(string text, string bytes)
    {
        for (var first = 0; first <= text.Length; first++)
        {
            for (var second = first; second <= text.Length; second++)
            {
                Assert.Equal((bytes, true), Decode(text[..first], text[first..second], text[second..]));
            }
        }

        Assert.Equal((bytes, true), Decode([.. text.Select(c => c.ToString())]));
    }

    [Theory]
    [InlineData("YWJj*WJj")]
    [InlineData("YW Jj")]
    [InlineData("YWJj    ")]
    [InlineData("YWJj\r\n\r\n")]
    [InlineData("YW\r\nJjYQ")]
    [InlineData("-_-_")]
    [InlineData("Y===")]
    [InlineData("====")]
    [InlineData("=YWJ")]
    [InlineData("Y=Jj")]
    [InlineData("YQ=aYWJj")]
    [InlineData("YW\0j")]
    public void What_is_no_base64_is_refused_however_it_is_cut(string text)
    {
        for (var cut = 0; cut <= text.Length; cut++)
        {
            Assert.Null(Decode(text[..cut], text[cut..]));
        }
    }

    [Theory]
    [InlineData("Y")]
    [InlineData("YWJjYQ=")]
    public void A_group_that_is_cut_is_noticed_at_the_end(string text) => Assert.False(Decode(text)!.Value.IsWhole);

    [Fact]
    public void What_is_encoded_in_pieces_decodes_to_the_same()
    {
        var random = new Random(7);
        for (var round = 0; round < 200; round++)
        {
            var bytes = new byte[random.Next(round < 190 ? 60 : 60_000)];
            random.NextBytes(bytes);
            var output = new ByteQueue(Pool);
            var encoder = new Base64Encoder();
            for (var at = 0; at < bytes.Length;)
            {
                var n = Math.Min(1 + random.Next(round < 190 ? 8 : 40_000), bytes.Length - at);
                encoder.Write(output, bytes.AsSpan(at, n));
                at += n;
                if (random.Next(4) == 0)
                {
                    encoder.Flush(output);
                    Assert.Equal(0, output.Length % 4);
                }
            }

            encoder.Flush(output);
            Assert.Equal((Encoding.Latin1.GetString(bytes), true), Decode(Text(output)));
        }
    }

    [Fact]
    public void Without_a_flush_between_there_is_no_padding_between()
    {
        var output = new ByteQueue(Pool);
        var encoder = new Base64Encoder();
        foreach (var piece in (string[])["a", "b", "cd", "efgh", "i"])
        {
            encoder.Write(output, Encoding.ASCII.GetBytes(piece));
        }

        encoder.Flush(output);
        encoder.Flush(output);
        Assert.Equal(Convert.ToBase64String("abcdefghi"u8), Text(output));
    }

    [Fact]
    public void Trailers_are_a_frame_of_lines_in_either_form()
    {
        var trailers = GrpcWebCallTests.List("grpc-status: 0", "grpc-message: ", "x-y: a b");
        var lines = "grpc-status: 0\r\ngrpc-message: \r\nx-y: a b\r\n"u8.ToArray();
        var prefix = new byte[5];
        prefix[0] = 0x80;
        BinaryPrimitives.WriteInt32BigEndian(prefix.AsSpan(1), lines.Length);
        byte[] frame = [.. prefix, .. lines];

        var output = new ByteQueue(Pool);
        GrpcWebTrailers.Write(trailers, output);
        Assert.Equal(Encoding.Latin1.GetString(frame), Text(output));

        var encoder = new Base64Encoder();
        encoder.Write(output, "ab"u8);
        GrpcWebTrailers.Write(trailers, ref encoder, output);
        Assert.Equal(Convert.ToBase64String([.. "ab"u8, .. frame]), Text(output));
    }

    private static (string Bytes, bool IsWhole)? Decode(params string[] pieces)
    {
        var decoder = new Base64Decoder();
        List<byte> bytes = [];
        foreach (var piece in pieces)
        {
            var into = new byte[Base64Decoder.MostBytes(piece.Length)];
            if (!decoder.TryDecode(Encoding.Latin1.GetBytes(piece), into, out var written))
            {
                return null;
            }

            bytes.AddRange(into[..written]);
        }

        return (Encoding.Latin1.GetString([.. bytes]), decoder.IsBetweenGroups);
    }

    private static string Text(ByteQueue output)
    {
        var bytes = new byte[output.Length];
        output.CopyTo(0, bytes);
        output.Clear();
        return Encoding.Latin1.GetString(bytes);
    }
}
