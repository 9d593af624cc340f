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
        { "2.3.3 a name's index above the tables, never indexed", [0x1f, 0x40, 0x01, 0x61] },
        { "6.3 a size update amid the fields", [0x82, 0x20, .. HeaderBlock.Get] },
    };

    /// <summary>RFC 7541 section 6: each way in which "x-a: b", or the user-agent "b", can be written.</summary>
    public static TheoryData<string, byte[]> Representations => new()
    {
        { "incremental indexing, indexed name", [0x7a, 0x01, 0x62] },
        { "incremental indexing, indexed name, Huffman", [0x7a, 0x81, 0x8f] },
        { "incremental indexing, new name", [0x40, 0x03, 0x78, 0x2d, 0x61, 0x01, 0x62] },
        { "incremental indexing, new name, Huffman", [0x40, 0x83, 0xf2, 0xb0, 0xff, 0x81, 0x8f] },
        { "without indexing, indexed name", [0x0f, 0x2b, 0x01, 0x62] },
        { "without indexing, indexed name, Huffman", [0x0f, 0x2b, 0x81, 0x8f] },
        { "without indexing, new name", [0x00, 0x03, 0x78, 0x2d, 0x61, 0x01, 0x62] },
        { "without indexing, new name, Huffman", [0x00, 0x83, 0xf2, 0xb0, 0xff, 0x81, 0x8f] },
        { "never indexed, indexed name", [0x1f, 0x2b, 0x01, 0x62] },
        { "never indexed, indexed name, Huffman", [0x1f, 0x2b, 0x81, 0x8f] },
        { "never indexed, new name", [0x10, 0x03, 0x78, 0x2d, 0x61, 0x01, 0x62] },
        { "never indexed, new name, Huffman", [0x10, 0x83, 0xf2, 0xb0, 0xff, 0x81, 0x8f] },
        { "indexed, after a literal that was indexed", [0x7a, 0x01, 0x62, 0xbe] },
    };

    [Theory]
    [MemberData(nameof(Representations))]
    public void Every_representation_is_understood(string what, byte[] field)
    {
        var expected = what.Contains("new", StringComparison.Ordinal) ? "x-a=b" : what.StartsWith("indexed", StringComparison.Ordinal) ? "user-agent=b user-agent=b" : "user-agent=b";
        var server = ScriptedPeer.OfServer();
        server.Send(Frames.Headers(1, [.. HeaderBlock.Get, .. field], end: true));
        server.Told($"request 1 GET / {expected} end");
        var client = ScriptedPeer.OfClient();
        client.Opened();
        client.Send(Frames.Headers(1, [.. HeaderBlock.Ok, .. field], end: true));
        client.Told($"response 1 200 {expected} end");
    }

    [Fact]
    public void Indexes_of_the_static_table_make_a_request()
    {
        var peer = ScriptedPeer.OfServer();
        peer.Send(Frames.Headers(1, [0x82, 0x86, 0x84], end: true));
        peer.Told("request 1 GET / end");
    }

    [Theory]
    [MemberData(nameof(Malformed))]
    public void A_malformed_block_ends_the_connection(string what, byte[] block)
    {
        _ = what;
        var peer = ScriptedPeer.OfServer();
        peer.Send(Frames.Headers(1, block, end: true));
        Assert.Equal(1, peer.Violations[Wire.Streams.ProtocolViolation.CompressionError]);
        peer.Fails("COMPRESSION_ERROR");
    }

    [Theory]
    [MemberData(nameof(Malformed))]
    public void A_malformed_block_of_a_server_ends_the_connection(string what, byte[] block)
    {
        _ = what;
        var peer = ScriptedPeer.OfClient();
        peer.Opened();
        peer.Send(Frames.Headers(1, block, end: true));
        peer.Fails("COMPRESSION_ERROR");
    }

    [Fact]
    public void A_table_that_is_emptied_and_filled_again_in_every_block_costs_its_sender_more_than_us()
    {
        var peer = ScriptedPeer.OfServer();
        var value = new string('v', 2000);
        for (uint id = 1; id < 4000; id += 2)
        {
            peer.Send(Frames.Headers(id, [.. HeaderBlock.SizeUpdate(0), .. HeaderBlock.SizeUpdate(4096), .. HeaderBlock.Get, .. HeaderBlock.Indexed("a", value), .. HeaderBlock.Indexed("b", value), .. HeaderBlock.Indexed("c", value)], end: true));
            peer.App[(int)id].WriteHeaders(ScriptedPeer.List(":status: 200"), endStream: true);
            peer.Turn();
        }

        peer.GoesOn();
        peer.HoldsNothing();
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
