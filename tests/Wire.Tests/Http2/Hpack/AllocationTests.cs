using Mesh.Wire.Buffers;
using Mesh.Wire.Http2.Hpack;

namespace Mesh.Wire.Tests.Http2.Hpack;

public sealed class AllocationTests
{
    [Fact]
    public void Ten_thousand_blocks_in_both_directions_allocate_nothing()
    {
        var list = Codec.List(
            ":method: POST", ":scheme: http", ":path: /demo.v1.Orders/Get", ":authority: orders", "te: trailers",
            "content-type: application/grpc", "grpc-timeout: 999m", "x-custom: 00000000", "!x-secret: s", "x-user: id 0123456789");
        var encoder = new HpackEncoder();
        var decoder = Codec.Decoder();
        var output = new ByteBuffer();
        var decoded = new HeaderList();
        var copy = new HeaderList();
        Span<byte> unique = stackalloc byte[8];

        // Enough rounds to fill the table, so that entries are inserted and evicted while it is measured, too.
        Round(3000, unique);
        var before = GC.GetAllocatedBytesForCurrentThread();
        Round(10_000, unique);
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);

        void Round(int rounds, Span<byte> value)
        {
            for (var i = 0; i < rounds; i++)
            {
                // Every value comes twice, so that its second sighting puts it into the table.
                System.Buffers.Text.Utf8Formatter.TryFormat(10_000_000 + (i / 2), value, out _);
                list.SetValue(7, value);
                output.Clear();
                encoder.Encode(list, output);
                if (decoder.Decode(output.Written, decoded) != HpackResult.Ok || decoded.IndexOf(KnownHeader.Te) != 4)
                {
                    throw new InvalidOperationException("the block did not survive");
                }

                copy.CopyFrom(decoded);
                copy.SetValue(3, "other"u8);
                copy.RemoveAt(0);
                output.Clear();
            }
        }
    }

    [Fact]
    public void Refusing_blocks_allocates_nothing()
    {
        var decoder = Codec.Decoder(maxList: 100);
        var large = Codec.Concat([0x82, 0x84, 0x87, 0x87, 0x87], Codec.Literal(0x40, "x-name", "value"), Codec.Literal(0x00, "x-name", "value"));
        var list = new HeaderList();
        Refuse(2000);
        var before = GC.GetAllocatedBytesForCurrentThread();
        Refuse(10_000);
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);

        void Refuse(int rounds)
        {
            for (var i = 0; i < rounds; i++)
            {
                if (decoder.Decode(large, list) != HpackResult.HeaderListTooLarge)
                {
                    throw new InvalidOperationException("the block was not refused");
                }
            }
        }
    }
}
