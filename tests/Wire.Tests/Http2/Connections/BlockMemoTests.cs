using System.Text;
using CsCheck;
using Mesh.Wire.Buffers;
using Mesh.Wire.Http2.Blocks;
using Mesh.Wire.Http2.Hpack;

namespace Mesh.Wire.Tests.Http2.Connections;

public sealed class BlockMemoTests
{
    /// <summary>As a decoder without a memo: whatever comes, from whom, and in what order.</summary>
    [Fact]
    public void What_comes_out_is_what_a_decoder_says() =>
        Gen.Select(Gen.Int[0, 2], Gen.Int[0, 5], Gen.Int[0, 9]).Array[1, 300].Sample(steps =>
        {
            var memo = new BlockMemo();
            var peers = Enumerable.Range(0, 3).Select(_ => new Peer(memo)).ToArray();
            foreach (var (peer, request, change) in steps)
            {
                peers[peer].Say(request, change);
            }
        }, iter: 200);

    [Fact]
    public void A_block_that_repeats_is_the_same_list_and_costs_no_memory()
    {
        var memo = new BlockMemo();
        var decoder = new HpackDecoder(4096, 64 * 1024, 256);
        var number = memo.NextDecoder();
        byte[] block = [0x88, 0x04, 0x01, (byte)'/']; // :status 200, :path / without indexing
        memo.Decode(decoder, number, block, out _);
        memo.Decode(decoder, number, block, out var second);
        memo.Decode(decoder, number, block, out var third);
        Assert.Same(second, third);
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 100; i++)
        {
            memo.Decode(decoder, number, block, out _);
        }

        Assert.Equal(before, GC.GetAllocatedBytesForCurrentThread());
    }

    /// <summary>The same octets, another connection: its table may hold another value there.</summary>
    [Fact]
    public void Connections_do_not_see_each_others_lists()
    {
        var memo = new BlockMemo();
        var peers = new[] { "alice", "mallory" }.Select(name => (Name: name, Decoder: new HpackDecoder(4096, 64 * 1024, 256), Number: memo.NextDecoder())).ToArray();
        foreach (var (name, decoder, number) in peers)
        {
            byte[] insert = [0x41, (byte)name.Length, .. Encoding.ASCII.GetBytes(name)];
            memo.Decode(decoder, number, insert, out _);
        }

        for (var i = 0; i < 6; i++)
        {
            foreach (var (name, decoder, number) in peers)
            {
                Assert.Equal(HpackResult.Ok, memo.Decode(decoder, number, [0xbe], out var decoded));
                Assert.Equal(name, Encoding.ASCII.GetString(decoded.Headers.ValueAt(0)));
            }
        }
    }

    /// <summary>A few octets that name a large entry again and again: 256 such lists would be 16 MiB.</summary>
    [Fact]
    public void A_block_that_unfolds_to_a_large_list_is_decoded_each_time()
    {
        var memo = new BlockMemo();
        var decoder = new HpackDecoder(4096, 64 * 1024, 256);
        var number = memo.NextDecoder();
        byte[] insert = [0x40, 0x01, (byte)'x', 0x7f, 0xd9, 0x0e, .. Enumerable.Repeat((byte)'y', 2008)]; // 127 + 0x59 + (0x0e << 7)
        Assert.Equal(HpackResult.Ok, memo.Decode(decoder, number, insert, out _));
        byte[] block = [.. Enumerable.Repeat((byte)0xbe, 20)];
        memo.Decode(decoder, number, block, out _);
        memo.Decode(decoder, number, block, out var second);
        Assert.Equal(HpackResult.Ok, memo.Decode(decoder, number, block, out var third));
        Assert.Equal(20, third.Headers.Count);
        Assert.Same(second, third); // the list for what is not kept
        memo.Trim();
        Assert.Equal(0, third.Headers.Count);
    }

    /// <summary>What a request was found to be says nothing of it as trailers.</summary>
    [Fact]
    public void A_block_is_judged_as_what_it_comes_as()
    {
        var memo = new BlockMemo();
        var decoder = new HpackDecoder(4096, 64 * 1024, 256);
        var number = memo.NextDecoder();
        for (var i = 0; i < 4; i++)
        {
            memo.Decode(decoder, number, [0x88], out var decoded); // :status 200
            Assert.True(decoded.IsResponse(out var status, out var length));
            Assert.Equal((200, -1L), (status, length));
            Assert.False(decoded.AreTrailers());
            Assert.False(decoded.IsRequest(out _));
            Assert.True(decoded.IsResponse(out _, out _));
        }
    }

    /// <summary>A connection through the memo, and beside it a decoder of its own that is told the same.</summary>
    private sealed class Peer(BlockMemo memo)
    {
        private readonly HpackEncoder _encoder = new(512);
        private readonly HpackDecoder _through = new(512, 64 * 1024, 256);
        private readonly HpackDecoder _beside = new(512, 64 * 1024, 256);
        private readonly long _number = memo.NextDecoder();
        private readonly ByteBuffer _block = new();
        private readonly HeaderList _expected = new();

        public void Say(int request, int change)
        {
            var list = new HeaderList();
            list.Add(KnownHeader.Status, "200"u8);
            list.Add("x-request"u8, Encoding.ASCII.GetBytes($"{request}"), neverIndexed: request == 0);
            list.Add("x-long"u8, new byte[request * 10]);
            _block.Clear();
            _encoder.Encode(list, _block);
            Assert.Equal(HpackResult.Ok, _beside.Decode(_block.Written, _expected));
            Assert.Equal(HpackResult.Ok, memo.Decode(_through, _number, _block.Written, out var decoded));
            Assert.Equal(_beside.TableGeneration, _through.TableGeneration);
            Assert.Equal(Text(_expected), Text(decoded.Headers));
            switch (change)
            {
                case 0:
                    decoded.Headers.RemoveAt(1);
                    break;
                case 1:
                    decoded.Headers.SetValue(1, "?"u8);
                    break;
                case 2:
                    decoded.Headers.Add("x-more"u8, "!"u8);
                    break;
                case 3:
                    decoded.Headers.CopyFrom(list);
                    decoded.Headers.Clear();
                    break;
            }
        }

        private static List<(string Name, string Value, bool Never)> Text(HeaderList list) =>
            [.. Enumerable.Range(0, list.Count).Select(i => (Encoding.Latin1.GetString(list[i].Name), Encoding.Latin1.GetString(list[i].Value), list[i].NeverIndexed))];
    }
}
