using Mesh.Conformance.Peer;

namespace Mesh.Conformance;

/// <summary>Sections 6.2 and 6.10: HEADERS and CONTINUATION.</summary>
public sealed class Rfc9113_6_2_HeadersTests
{
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Headers_on_stream_0_end_the_connection(bool server)
    {
        var peer = ScriptedPeer.Of(server);
        peer.Send(Frames.Get(0));
        peer.Fails("PROTOCOL_ERROR");
    }

    [Fact]
    public void Padding_and_priority_are_taken_off()
    {
        var peer = ScriptedPeer.OfServer();
        peer.Send(Frames.Raw(1, 0x4 | 0x1 | 0x8 | 0x20, 1, [3, 0x80, 0, 0, 0, 255, .. HeaderBlock.Get, 0, 0, 0]));
        peer.Told("request 1 GET / end");
    }

    [Fact]
    public void Padding_longer_than_the_frame_ends_the_connection()
    {
        var peer = ScriptedPeer.OfServer();
        peer.Send(Frames.Raw(1, 0x4 | 0x8, 1, [(byte)(HeaderBlock.Get.Length + 1), .. HeaderBlock.Get]));
        peer.Fails("PROTOCOL_ERROR");
    }

    [Theory]
    [InlineData(0x8, 0)]
    [InlineData(0x20, 4)]
    [InlineData(0x28, 5)]
    public void A_frame_without_room_for_its_own_fields_ends_the_connection(int flags, int length)
    {
        var peer = ScriptedPeer.OfServer();
        peer.Send(Frames.Raw(1, 0x4 | flags, 1, new byte[length]));
        peer.Fails("FRAME_SIZE_ERROR");
    }

    [Fact]
    public void A_stream_that_depends_on_itself_is_an_error()
    {
        var peer = ScriptedPeer.OfServer();
        peer.Send(Frames.Raw(1, 0x24, 1, [0, 0, 0, 1, 16, .. HeaderBlock.Get]));
        peer.Fails("PROTOCOL_ERROR");
    }

    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    public void A_block_in_many_frames_is_one_request(int size)
    {
        var peer = ScriptedPeer.OfServer();
        peer.Send(Frames.OpenHeaders(1, HeaderBlock.Get[..20], end: true));
        for (var at = 20; at < HeaderBlock.Get.Length; at += size)
        {
            var to = Math.Min(HeaderBlock.Get.Length, at + Math.Max(size, (HeaderBlock.Get.Length - 20) / 20));
            peer.Send(Frames.Continuation(1, HeaderBlock.Get[at..to], to == HeaderBlock.Get.Length));
            at = to - size;
        }

        peer.Told("request 1 GET / end");
    }

    [Fact]
    public void An_empty_continuation_may_end_a_block()
    {
        var peer = ScriptedPeer.OfServer();
        peer.Send(Frames.OpenHeaders(1, HeaderBlock.Get, end: true), Frames.Continuation(1, [], last: false), Frames.Continuation(1, [], last: true));
        peer.Told("request 1 GET / end");
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_continuation_after_the_end_of_a_block_ends_the_connection(bool afterContinuation)
    {
        var peer = ScriptedPeer.OfServer();
        peer.Send(
            afterContinuation ? [.. Frames.OpenHeaders(1, HeaderBlock.Get), .. Frames.Continuation(1, [], last: true)] : Frames.Post(1),
            Frames.Continuation(1, HeaderBlock.Of("a: b"), last: true));
        peer.Fails("PROTOCOL_ERROR");
    }

    [Fact]
    public void A_continuation_after_data_ends_the_connection()
    {
        var peer = ScriptedPeer.OfServer();
        peer.Send(Frames.Post(1), Frames.Data(1, "x"), Frames.Continuation(1, HeaderBlock.Of("a: b"), last: true));
        peer.Fails("PROTOCOL_ERROR");
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_continuation_on_stream_0_ends_the_connection(bool withinBlock)
    {
        var peer = ScriptedPeer.OfServer();
        peer.Send(withinBlock ? Frames.OpenHeaders(1, HeaderBlock.Get) : [], Frames.Continuation(0, [], last: true));
        peer.Fails("PROTOCOL_ERROR");
    }

    [Fact]
    public void Our_own_block_above_the_peers_frame_size_goes_out_in_several_frames()
    {
        var peer = ScriptedPeer.OfClient();
        var value = new string('\u007f', 40_000); // long in Huffman's code
        peer.Open(true, "x-big: " + value);
        peer.Turn();
        Assert.Contains(value, Assert.Single(peer.TakeFrames()), StringComparison.Ordinal);
        Assert.Equal(16_384, peer.LargestFrame);
    }
}
