using Mesh.Conformance.Peer;
using Mesh.Wire.Http2.Frames;

namespace Mesh.Conformance;

public sealed class Rfc9113_5_1_StreamStatesTests
{
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Data_on_an_idle_stream_ends_the_connection(bool server)
    {
        var peer = ScriptedPeer.Of(server);
        peer.Send(Frames.Data(1, "x"));
        peer.Fails("PROTOCOL_ERROR");
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_reset_of_an_idle_stream_ends_the_connection(bool server)
    {
        var peer = ScriptedPeer.Of(server);
        peer.Send(Frames.RstStream(1, ErrorCode.Cancel));
        peer.Fails("PROTOCOL_ERROR");
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_window_update_of_an_idle_stream_ends_the_connection(bool server)
    {
        var peer = ScriptedPeer.Of(server);
        peer.Send(Frames.WindowUpdate(1, 100));
        peer.Fails("PROTOCOL_ERROR");
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_continuation_of_an_idle_stream_ends_the_connection(bool server)
    {
        var peer = ScriptedPeer.Of(server);
        peer.Send(Frames.Continuation(1, HeaderBlock.Get, last: true));
        peer.Fails("PROTOCOL_ERROR");
    }

    [Fact]
    public void A_response_on_an_idle_stream_ends_the_connection()
    {
        var peer = ScriptedPeer.OfClient();
        peer.Send(Frames.Ok(1));
        peer.Fails("PROTOCOL_ERROR");
    }

    [Fact]
    public void Data_after_the_end_of_a_request_is_a_stream_error()
    {
        var peer = ScriptedPeer.OfServer();
        peer.Send(Frames.Get(1), Frames.Data(1, "x"));
        peer.Told("request 1 GET / end", "reset 1 STREAM_CLOSED Violation");
        peer.Reads("RST_STREAM 1 STREAM_CLOSED");
        peer.GoesOn();
    }

    [Fact]
    public void Headers_after_the_end_of_a_request_are_a_stream_error()
    {
        var peer = ScriptedPeer.OfServer();
        peer.Send(Frames.Get(1), Frames.Get(1));
        peer.Told("request 1 GET / end", "reset 1 STREAM_CLOSED Violation");
        peer.Reads("RST_STREAM 1 STREAM_CLOSED");
        peer.GoesOn();
    }

    [Fact]
    public void Data_after_the_end_of_a_response_is_a_stream_error()
    {
        var peer = ScriptedPeer.OfClient();
        peer.Opened(end: false);
        peer.Send(Frames.Ok(1, end: true), Frames.Data(1, "x"));
        peer.Told("response 1 200 end", "reset 1 STREAM_CLOSED Violation");
        peer.Reads("RST_STREAM 1 STREAM_CLOSED");
        peer.GoesOn();
    }

    [Fact]
    public void A_window_update_a_priority_and_a_reset_may_follow_the_end_of_a_request()
    {
        var peer = ScriptedPeer.OfServer();
        peer.Send(Frames.Get(1), Frames.WindowUpdate(1, 10), Frames.Priority(1, 3), Frames.RstStream(1, ErrorCode.Cancel));
        peer.Told("request 1 GET / end", "reset 1 CANCEL Peer");
        peer.Reads();
        peer.GoesOn();
    }

    [Fact]
    public void Data_on_a_closed_stream_is_a_stream_error()
    {
        var peer = Answered();
        peer.Send(Frames.Data(1, "x"));
        peer.Reads("RST_STREAM 1 STREAM_CLOSED");
        peer.GoesOn();
    }

    [Fact]
    public void Headers_on_a_closed_stream_end_the_connection()
    {
        var peer = Answered();
        peer.Send(Frames.Get(1));
        peer.Fails("STREAM_CLOSED");
    }

    [Fact]
    public void Window_updates_resets_and_priorities_of_a_closed_stream_are_ignored()
    {
        var peer = Answered();
        peer.Send(Frames.WindowUpdate(1, 10), Frames.RstStream(1, ErrorCode.Cancel), Frames.Priority(1, 3));
        peer.Told().Reads();
        peer.GoesOn();
    }

    [Fact]
    public void Data_on_a_stream_the_peer_has_reset_is_a_stream_error()
    {
        var peer = ScriptedPeer.OfServer();
        peer.Send(Frames.Post(1), Frames.RstStream(1, ErrorCode.Cancel), Frames.Data(1, "x"));
        peer.Told("request 1 POST /", "reset 1 CANCEL Peer");
        peer.Reads("RST_STREAM 1 STREAM_CLOSED");
    }

    [Fact]
    public void Headers_on_a_stream_the_peer_has_reset_end_the_connection()
    {
        var peer = ScriptedPeer.OfServer();
        peer.Send(Frames.Post(1), Frames.RstStream(1, ErrorCode.Cancel), Frames.Get(1));
        peer.Fails("STREAM_CLOSED");
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void What_was_in_flight_to_a_stream_we_have_reset_is_dropped(bool server)
    {
        var peer = ScriptedPeer.Of(server);
        var stream = server ? Requested(peer) : peer.Opened(end: false);
        stream.Reset(ErrorCode.Cancel);
        peer.Turn();
        peer.Reads("RST_STREAM 1 CANCEL");
        peer.App.Take();
        peer.Send(Frames.Data(1, "x"), Frames.Trailers(1, "a: b"), Frames.WindowUpdate(1, 5), Frames.RstStream(1, ErrorCode.NoError));
        peer.Told().Reads();
        peer.GoesOn();
        peer.HoldsNothing();
    }

    [Fact]
    public void A_thousand_streams_cut_off_at_once_may_all_have_frames_in_flight()
    {
        var peer = ScriptedPeer.OfServer();
        peer.Send([.. Enumerable.Range(0, 1000).Select(i => Frames.Post((uint)(2 * i) + 1))]);
        peer.Connection.Streams.ForEach((stream, _) => stream.Reset(ErrorCode.Cancel), 0);
        peer.Turn();
        Assert.Equal(1000, peer.TakeFrames().Count);
        peer.Send([.. Enumerable.Range(0, 1000).Select(i => Frames.Trailers((uint)(2 * i) + 1, "a: b"))]);
        peer.Reads();
        peer.GoesOn();
        peer.HoldsNothing();
    }

    [Theory]
    [InlineData("half-closed")]
    [InlineData("reset")]
    [InlineData("closed")]
    public void A_continuation_after_the_end_of_a_stream_ends_the_connection(string state)
    {
        var peer = state == "closed" ? Answered() : ScriptedPeer.OfServer();
        if (state != "closed")
        {
            peer.Send(state == "reset" ? [.. Frames.Post(1), .. Frames.RstStream(1, ErrorCode.Cancel)] : Frames.Get(1));
        }

        peer.Send(Frames.Continuation(1, HeaderBlock.Of("a: b"), last: true));
        peer.Fails("PROTOCOL_ERROR");
    }

    [Fact]
    public void A_priority_may_come_in_any_state_of_a_stream()
    {
        var peer = ScriptedPeer.OfServer();
        peer.Send(Frames.Priority(1, 3), Frames.Post(1), Frames.Priority(1, 3), Frames.Data(1, "", end: true), Frames.Priority(1, 3), Frames.RstStream(1, ErrorCode.Cancel), Frames.Priority(1, 3));
        peer.Reads();
        peer.GoesOn();
    }

    [Fact]
    public void A_stream_that_both_sides_have_ended_is_forgotten()
    {
        var peer = Answered();
        peer.HoldsNothing();
    }

    /// <summary>Stream 1 is closed: asked and answered.</summary>
    private static ScriptedPeer Answered()
    {
        var peer = ScriptedPeer.OfServer();
        peer.App.OnEndDo = stream => stream.WriteHeaders(ScriptedPeer.List(":status: 200"), endStream: true);
        peer.Send(Frames.Get(1));
        peer.Told("request 1 GET / end").Reads("HEADERS 1 :status=200 end");
        return peer;
    }

    private static Wire.Streams.MessageStream Requested(ScriptedPeer peer)
    {
        peer.Send(Frames.Post(1));
        return peer.App[1];
    }
}
