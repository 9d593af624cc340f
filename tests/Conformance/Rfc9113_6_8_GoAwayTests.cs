using Mesh.Conformance.Peer;
using Mesh.Wire.Http2.Frames;
using Mesh.Wire.Transport;

namespace Mesh.Conformance;

public sealed class Rfc9113_6_8_GoAwayTests
{
    [Fact]
    public void A_request_that_had_not_left_when_the_connection_broke_is_known_not_to_be_processed()
    {
        var peer = ScriptedPeer.OfClient();
        peer.Opened();
        peer.Open();
        peer.Channel.End(Wire.Transport.ChannelEnd.Reset);
        peer.Turn();
        peer.Told("reset 3 NO_ERROR ConnectFailed", "reset 1 NO_ERROR ConnectionLost");
    }

    [Fact]
    public void Streams_above_the_last_one_were_not_processed_and_the_others_finish()
    {
        var peer = ScriptedPeer.OfClient();
        peer.Opened();
        peer.Opened();
        peer.Opened();
        peer.Send(Frames.GoAway(3, ErrorCode.NoError));
        peer.Told("reset 5 REFUSED_STREAM GoAway");
        Assert.True(peer.App.LastReset.NotProcessed);
        Assert.False(peer.Connection.CanOpen);
        Assert.True(peer.Connection.IsUsedUp);
        Assert.False(peer.Connection.IsDead);
        peer.Send(Frames.Ok(1, end: true), Frames.Ok(3), Frames.Data(3, "x", end: true));
        peer.Told("response 1 200 end", "response 3 200", "data 3 x end");
        Assert.True(peer.Connection.IsDead);
        Assert.True(peer.Channel.IsShutdown);
        Assert.True(peer.App.ConnectionClosed);
        peer.HoldsNothing();
    }

    [Fact]
    public void The_last_one_may_go_down_and_not_up()
    {
        var peer = ScriptedPeer.OfClient();
        peer.Opened();
        peer.Opened();
        peer.Opened();
        peer.Send(Frames.GoAway(int.MaxValue, ErrorCode.NoError));
        peer.Told();
        peer.Send(Frames.GoAway(1, ErrorCode.NoError), Frames.GoAway(5, ErrorCode.NoError));
        peer.Told("reset 3 REFUSED_STREAM GoAway", "reset 5 REFUSED_STREAM GoAway");
        Assert.Equal(1, peer.Connection.OpenStreams);
    }

    [Fact]
    public void An_idle_client_closes_at_once()
    {
        var peer = ScriptedPeer.OfClient();
        peer.Send(Frames.GoAway(0, ErrorCode.EnhanceYourCalm));
        Assert.True(peer.Channel.IsShutdown);
        Assert.True(peer.App.ConnectionClosed);
        Assert.Contains("EnhanceYourCalm", peer.Connection.Failure, StringComparison.Ordinal);
    }

    [Fact]
    public void A_client_that_is_told_to_go_opens_elsewhere_from_within_the_call()
    {
        var peer = ScriptedPeer.OfClient();
        var retried = 0;
        peer.Opened();
        peer.App.OnResetDo = stream =>
        {
            Assert.False(peer.Connection.CanOpen);
            retried++;
        };
        peer.Send(Frames.GoAway(0, ErrorCode.NoError));
        Assert.Equal(1, retried);
        peer.HoldsNothing();
    }

    [Fact]
    public void A_client_that_goes_away_still_gets_its_answers()
    {
        var peer = ScriptedPeer.OfServer();
        peer.Send(Frames.Post(1), Frames.GoAway(0, ErrorCode.NoError), Frames.Data(1, "x", end: true));
        peer.Told("request 1 POST /", "data 1 x end");
        peer.Reads("GOAWAY 2147483647 NO_ERROR", "PING");
        peer.Send(Ack());
        peer.Reads("GOAWAY 1 NO_ERROR");
        peer.App[1].WriteHeaders(ScriptedPeer.List(":status: 200"), endStream: true);
        peer.Turn();
        peer.Reads("HEADERS 1 :status=200 end");
        Assert.True(peer.Connection.IsDead);
    }

    [Fact]
    public void A_client_that_goes_away_and_stays_is_not_kept()
    {
        var peer = ScriptedPeer.OfServer();
        peer.Send(Frames.GoAway(0, ErrorCode.NoError));
        peer.Reads("GOAWAY 2147483647 NO_ERROR", "PING");
        peer.Send(Ack());
        peer.Reads("GOAWAY 0 NO_ERROR");
        Assert.True(peer.Connection.IsDead);
    }

    [Fact]
    public void A_server_goes_in_two_steps()
    {
        var peer = ScriptedPeer.OfServer();
        peer.Send(Frames.Post(1));
        peer.Connection.GoAway();
        peer.Connection.GoAway();
        peer.Turn();
        peer.Reads("GOAWAY 2147483647 NO_ERROR", "PING");
        // In flight while the peer reads the first: still taken.
        peer.Send(Frames.Post(3));
        peer.Told("request 1 POST /", "request 3 POST /");
        peer.Send(Ack());
        peer.Reads("GOAWAY 3 NO_ERROR");
        // Above the last: not looked at, without a word, and its bytes go back.
        peer.Send(Frames.Post(5), Frames.Data(5, "abc"), Frames.Trailers(5, "a: b"));
        peer.Told().Reads();
        peer.Send(Frames.RstStream(3, ErrorCode.Cancel));
        Assert.False(peer.Connection.IsDead);
        peer.App[1].WriteHeaders(ScriptedPeer.List(":status: 200"), endStream: true);
        peer.Turn();
        peer.Reads("HEADERS 1 :status=200 end");
        Assert.False(peer.Connection.IsDead);
        peer.Send(Frames.Data(1, "", end: true));
        Assert.True(peer.Channel.IsShutdown);
        Assert.True(peer.App.ConnectionClosed);
        peer.HoldsNothing();
    }

    [Fact]
    public void An_idle_server_closes_when_the_peer_has_read_that_it_goes()
    {
        var peer = ScriptedPeer.OfServer();
        peer.Connection.GoAway();
        peer.Turn();
        peer.Reads("GOAWAY 2147483647 NO_ERROR", "PING");
        Assert.False(peer.Connection.IsDead);
        peer.Send(Ack());
        peer.Reads("GOAWAY 0 NO_ERROR");
        Assert.True(peer.Channel.IsShutdown);
    }

    [Fact]
    public void A_server_goes_even_if_the_peer_does_not_answer()
    {
        var peer = ScriptedPeer.OfServer();
        peer.Connection.GoAway();
        peer.Advance(5.1);
        peer.Reads("GOAWAY 2147483647 NO_ERROR", "PING", "GOAWAY 0 NO_ERROR");
        Assert.True(peer.App.ConnectionClosed);
    }

    [Fact]
    public void An_error_after_the_second_step_does_not_raise_the_last_stream()
    {
        var peer = ScriptedPeer.OfServer();
        peer.Send(Frames.Post(1));
        peer.Connection.GoAway();
        peer.Turn();
        peer.Send(Ack(), Frames.Post(3), Frames.Raw(6, 0, 0, new byte[7]));
        Assert.Equal("GOAWAY 1 FRAME_SIZE_ERROR", peer.TakeFrames()[^1]);
    }

    [Fact]
    public void A_client_goes_when_its_streams_have_finished()
    {
        var peer = ScriptedPeer.OfClient();
        peer.Opened();
        peer.Connection.GoAway();
        peer.Turn();
        peer.Reads("GOAWAY 0 NO_ERROR");
        Assert.False(peer.Connection.CanOpen);
        peer.Send(Frames.Ok(1, end: true));
        Assert.True(peer.Channel.IsShutdown);
        peer.HoldsNothing();
    }

    [Fact]
    public void Last_answers_are_out_before_the_channel_closes()
    {
        var peer = ScriptedPeer.OfServer();
        peer.Send(Frames.Get(1));
        peer.Connection.GoAway();
        peer.Turn();
        peer.Send(Ack());
        peer.TakeFrames();
        peer.Channel.Room = 5;
        peer.App[1].WriteHeaders(ScriptedPeer.List(":status: 200", "x-y: abcdefg"), endStream: true);
        peer.Turn();
        Assert.False(peer.Channel.IsShutdown);
        peer.Channel.Room = int.MaxValue;
        peer.Channel.RequestFlush();
        peer.Turn();
        peer.Reads("HEADERS 1 :status=200 x-y=abcdefg end");
        Assert.True(peer.Channel.IsShutdown);
        peer.Channel.End(ChannelEnd.EndOfStream);
        peer.Turn();
        peer.Advance(60);
        Assert.Equal(-1, peer.Loop.Timers.MillisecondsUntilNext(peer.Loop.Now));
    }

    /// <summary>The answer to the PING between the two steps.</summary>
    private static byte[] Ack() => Frames.Raw(6, 1, 0, "goaway\0\0"u8.ToArray());
}
