using Mesh.Conformance.Peer;

namespace Mesh.Conformance;

/// <summary>What RFC 7541 calls an error, seen from the connection; the codec has tests of its own.</summary>
public sealed class Rfc7541_BlocksTests
{
    public static TheoryData<string, byte[]> Malformed => new()
    {
        { "2.3.3 an index above the tables", [0xff, 0x00] },
        { "2.3.3 a name's index above the tables", [0x7f, 0x10, 0x01, 0x61] },
        { "6.1 an index of 0", [0x80] },
        { "4.2 a size update at the end of a block", [.. HeaderBlock.Get, 0x20] },
        { "4.2 a size update above our setting", [0x3f, 0xe2, 0x1f, .. HeaderBlock.Get] },
        { "4.2 three size updates", [0x20, 0x20, 0x20, .. HeaderBlock.Get] },
        { "5.1 an integer without end", [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01] },
        { "5.2 a string longer than the block", [0x00, 0x01, 0x61, 0x05, 0x61] },
        { "5.2 Huffman padding of more than 7 bits", [0x00, 0x82, 0x1f, 0xff, 0x01, 0x61] },
        { "5.2 Huffman padding of zeros", [0x00, 0x81, 0x18, 0x01, 0x61] },
        { "5.2 a Huffman string with EOS", [0x00, 0x01, 0x61, 0x84, 0xff, 0xff, 0xff, 0xff] },
        { "a literal that ends too soon", [0x40] },
    };

    [Theory]
    [MemberData(nameof(Malformed))]
    public void A_malformed_block_ends_the_connection(string what, byte[] block)
    {
        _ = what;
        var peer = ScriptedPeer.OfServer();
        peer.Send(Frames.Headers(1, block, end: true));
        peer.Fails("COMPRESSION_ERROR");
    }

    [Fact]
    public void Two_size_updates_may_begin_a_block()
    {
        var peer = ScriptedPeer.OfServer();
        peer.Send(Frames.Headers(1, [.. HeaderBlock.SizeUpdate(0), .. HeaderBlock.SizeUpdate(4096), .. HeaderBlock.Get], end: true));
        peer.Told("request 1 GET / end");
    }

    [Fact]
    public void A_small_block_that_unfolds_to_a_large_list_costs_its_stream_only()
    {
        var peer = ScriptedPeer.OfServer();
        byte[] bomb = [.. HeaderBlock.Get, .. HeaderBlock.Indexed("x", new string('x', 4000)), .. Enumerable.Repeat((byte)(0x80 | 62), 16_000 - 4100)];
        peer.Send(Frames.Headers(1, bomb, end: true));
        peer.Told().Reads("HEADERS 1 :status=431 end");
        peer.GoesOn();
    }
}
