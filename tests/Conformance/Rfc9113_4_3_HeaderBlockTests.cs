using Mesh.Conformance.Peer;
using Mesh.Wire.Streams;

namespace Mesh.Conformance;

public sealed class Rfc9113_4_3_HeaderBlockTests
{
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_block_that_cannot_be_decoded_ends_the_connection(bool server)
    {
        var peer = ScriptedPeer.Of(server);
        if (!server)
        {
            peer.Opened();
        }

        // An index beyond both tables.
        peer.Send(Frames.Headers(1, [.. HeaderBlock.Get, 0xff, 0x20], end: true));
        peer.Fails("COMPRESSION_ERROR");
    }

    [Theory]
    [InlineData(6)] // PING
    [InlineData(0)] // DATA
    [InlineData(2)] // PRIORITY
    [InlineData(4)] // SETTINGS
    [InlineData(0x20)] // one we do not know
    public void Nothing_comes_between_the_frames_of_a_block(int type)
    {
        var peer = ScriptedPeer.OfServer();
        peer.Send(Frames.OpenHeaders(1, HeaderBlock.Get[..5]), Frames.Raw(type, 0, type is 0 or 2 ? 1u : 0u, new byte[type == 2 ? 5 : type == 4 ? 0 : 8]));
        peer.Fails("PROTOCOL_ERROR");
    }

    [Fact]
    public void Another_block_does_not_come_between_the_frames_of_a_block()
    {
        var peer = ScriptedPeer.OfServer();
        peer.Send(Frames.OpenHeaders(1, HeaderBlock.Get[..5]), Frames.Get(3));
        peer.Fails("PROTOCOL_ERROR");
    }

    [Fact]
    public void A_continuation_of_another_stream_ends_the_connection()
    {
        var peer = ScriptedPeer.OfServer();
        peer.Send(Frames.OpenHeaders(1, HeaderBlock.Get[..5]), Frames.Continuation(3, HeaderBlock.Get[5..], last: true));
        peer.Fails("PROTOCOL_ERROR");
    }

    [Fact]
    public void A_block_on_a_refused_stream_still_changes_the_table()
    {
        var peer = ScriptedPeer.OfServer(new WireOptions { MaxConcurrentStreams = 1 });
        peer.Send(Frames.Post(1), Frames.Headers(3, [.. HeaderBlock.Get, .. HeaderBlock.Indexed("x-a", "1")], end: true));
        peer.Reads("RST_STREAM 3 REFUSED_STREAM");
        peer.Send(Frames.Headers(1, [0x80 | 62], end: true));
        peer.Told("request 1 POST /", "trailers 1 x-a=1");
    }

    [Fact]
    public void A_block_on_a_stream_we_have_reset_still_changes_the_table()
    {
        var peer = ScriptedPeer.OfServer();
        peer.Send(Frames.Post(1));
        peer.App[1].Reset(Wire.Http2.Frames.ErrorCode.Cancel);
        peer.Turn();
        peer.Reads("RST_STREAM 1 CANCEL");
        peer.Send(Frames.Headers(1, HeaderBlock.Indexed("x-a", "1"), end: true), Frames.Headers(3, [.. HeaderBlock.Get, 0x80 | 62], end: true));
        peer.Told("request 1 POST /", "request 3 GET / x-a=1 end");
    }

    [Fact]
    public void A_list_above_our_limit_is_answered_with_431_and_its_table_kept()
    {
        var peer = ScriptedPeer.OfServer(new WireOptions { MaxHeaderListSize = 4096 });
        peer.Send(Frames.Headers(1, [.. HeaderBlock.Indexed("x-a", "1"), .. HeaderBlock.PostWith("x-big: " + new string('x', 5000))]));
        peer.Told();
        peer.Reads("HEADERS 1 :status=431 end", "RST_STREAM 1 NO_ERROR");
        Assert.Equal(1, peer.Violations[ProtocolViolation.HeadersTooLarge]);
        peer.Send(Frames.Headers(3, [.. HeaderBlock.Get, 0x80 | 62], end: true));
        peer.Told("request 3 GET / x-a=1 end");
    }

    [Fact]
    public void A_list_above_our_limit_whose_request_has_ended_is_answered_with_431_alone()
    {
        var peer = ScriptedPeer.OfServer(new WireOptions { MaxHeaderListSize = 4096 });
        peer.Send(Frames.Headers(1, HeaderBlock.PostWith("x-big: " + new string('x', 5000)), end: true));
        peer.Reads("HEADERS 1 :status=431 end");
        peer.GoesOn();
        peer.HoldsNothing();
    }

    [Fact]
    public void The_body_after_a_list_above_our_limit_is_dropped()
    {
        var peer = ScriptedPeer.OfServer(new WireOptions { MaxHeaderListSize = 4096 });
        peer.Send(Frames.Headers(1, HeaderBlock.PostWith("x-big: " + new string('x', 5000))), Frames.Data(1, "abc"), Frames.Data(1, "def", end: true));
        peer.Reads("HEADERS 1 :status=431 end", "RST_STREAM 1 NO_ERROR");
        peer.GoesOn();
    }

    [Fact]
    public void A_response_above_our_limit_costs_its_stream_only()
    {
        var peer = ScriptedPeer.OfClient(new WireOptions { MaxHeaderListSize = 4096 });
        peer.Opened();
        peer.Send(Frames.Headers(1, HeaderBlock.OkWith("x-big: " + new string('x', 5000))));
        peer.Told("reset 1 PROTOCOL_ERROR Violation");
        peer.Reads("RST_STREAM 1 PROTOCOL_ERROR");
        peer.GoesOn();
    }

    [Fact]
    public void A_list_with_too_many_fields_is_too_large()
    {
        var peer = ScriptedPeer.OfServer(new WireOptions { MaxHeaderCount = 10 });
        peer.Send(Frames.Headers(1, HeaderBlock.PostWith([.. Enumerable.Range(0, 7).Select(i => $"x-{i}: 1")]), end: true));
        peer.Reads("HEADERS 1 :status=431 end");
    }
}
