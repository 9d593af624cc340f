using Mesh.Conformance.Peer;
using Mesh.Wire.Http2.Frames;
using Mesh.Wire.Streams;
using Mesh.Wire.Transport;

namespace Mesh.Conformance;

/// <summary>RFC 9113 section 10.5 and CVE-2019-9517: who asks for data and does not take it does not hold it for ever.</summary>
public sealed class StallTests
{
    private static readonly WireOptions AMinute = new() { StallTimeout = TimeSpan.FromMinutes(1), IdleTimeout = TimeSpan.Zero, KeepAliveInterval = TimeSpan.Zero };

    [Fact]
    public void A_stream_without_a_window_is_reset_in_time_and_others_are_not()
    {
        var peer = ScriptedPeer.OfServer(AMinute);
        peer.Send(Frames.Setting(SettingId.InitialWindowSize, 10));
        Answer(peer, 1, 1000);
        peer.Advance(30);
        Answer(peer, 3, 1000);
        Answer(peer, 5, 5);
        peer.TakeFrames();
        peer.App.Take();
        peer.Advance(29.9);
        peer.Reads();
        peer.Advance(0.2);
        peer.Reads("RST_STREAM 1 ENHANCE_YOUR_CALM");
        peer.Told("reset 1 ENHANCE_YOUR_CALM Violation");
        peer.Advance(30);
        peer.Reads("RST_STREAM 3 ENHANCE_YOUR_CALM");
        Assert.Equal(2, peer.Violations[ProtocolViolation.StalledStream]);
        peer.App[5].Write("x"u8, endStream: false);
        peer.GoesOn();
        Assert.Equal(0, peer.Loop.Segments.InUse);
    }

    [Fact]
    public void A_byte_now_and_then_does_not_help()
    {
        var peer = ScriptedPeer.OfServer(AMinute);
        peer.Send(Frames.Setting(SettingId.InitialWindowSize, 0));
        Answer(peer, 1, 10_000);
        for (var i = 0; i < 61; i++)
        {
            peer.Send(Frames.WindowUpdate(1, 1));
            peer.Advance(1);
        }

        Assert.Contains("RST_STREAM 1 ENHANCE_YOUR_CALM", peer.TakeFrames());
    }

    [Fact]
    public void A_slow_reader_is_served()
    {
        var peer = ScriptedPeer.OfServer(AMinute);
        peer.Send(Frames.Setting(SettingId.InitialWindowSize, 0), Frames.WindowUpdate(0, 1_000_000));
        Answer(peer, 1, 160_000);
        for (var i = 0; i < 20; i++)
        {
            peer.Send(Frames.WindowUpdate(1, 8000));
            peer.Advance(15);
        }

        Assert.Equal("DATA 1 8000 end", peer.TakeFrames().Last(f => f.StartsWith("DATA", StringComparison.Ordinal)));
        peer.GoesOn();
    }

    [Fact]
    public void A_server_that_does_not_take_a_request_is_given_up()
    {
        var peer = ScriptedPeer.OfClient(AMinute, settings: (4, 0));
        peer.Opened(end: false).Write("never taken"u8, endStream: true);
        peer.Advance(60.1);
        peer.Reads("RST_STREAM 1 ENHANCE_YOUR_CALM");
        peer.Told("reset 1 ENHANCE_YOUR_CALM Violation");
        peer.HoldsNothing();
    }

    [Fact]
    public void A_connection_that_is_not_read_is_closed()
    {
        var peer = ScriptedPeer.OfServer(AMinute);
        peer.Channel.Room = 100;
        Answer(peer, 1, 1000);
        peer.Advance(30);
        peer.Channel.Room = 1;
        peer.Channel.RequestFlush();
        peer.Advance(29.9);
        Assert.False(peer.Connection.IsDead);
        peer.Advance(0.2);
        Assert.True(peer.Connection.IsDead);
        Assert.Equal(1, peer.Violations[ProtocolViolation.SlowPeer]);
        peer.Advance(6);
        Assert.True(peer.Channel.IsClosed);
        peer.HoldsNothing();
    }

    [Fact]
    public void The_last_answer_of_a_connection_that_ends_in_good_order_may_be_read_as_slowly_as_any()
    {
        var peer = LastAnswer(out var left);
        for (var i = 0; i < left / 1000; i++)
        {
            peer.Advance(3);
            Assert.False(peer.Channel.IsClosed);
            peer.Channel.Room = 1000;
            peer.Channel.RequestFlush();
            peer.Turn();
        }

        peer.Channel.Room = int.MaxValue;
        peer.Channel.RequestFlush();
        peer.Turn();
        Assert.EndsWith(" end", peer.TakeFrames().Last(f => f.StartsWith("DATA 1", StringComparison.Ordinal)));
        Assert.Equal(60_000, peer.DataBytes[1]);
        Assert.True(peer.Channel.IsShutdown);
        peer.Advance(4.9);
        Assert.False(peer.Channel.IsClosed);
        peer.Advance(0.2);
        Assert.True(peer.Channel.IsClosed);
        peer.HoldsNothing();
    }

    [Fact]
    public void The_last_answer_of_a_connection_that_ends_in_good_order_is_not_kept_for_one_that_does_not_read()
    {
        var peer = LastAnswer(out _);
        peer.Advance(54.8); // with the time before, 59.9 s
        Assert.False(peer.Channel.IsClosed);
        peer.Advance(0.2);
        Assert.True(peer.Channel.IsClosed && peer.App.ConnectionClosed);
        peer.HoldsNothing();
        Assert.Equal(-1, peer.Loop.Timers.MillisecondsUntilNext(peer.Loop.Now));
    }

    [Fact]
    public void A_connection_that_is_read_again_in_time_goes_on_and_has_no_timer()
    {
        var peer = ScriptedPeer.OfServer(AMinute);
        peer.Channel.Room = 0;
        Answer(peer, 1, 1000);
        peer.Advance(59);
        peer.Channel.Room = int.MaxValue;
        peer.Channel.RequestFlush();
        peer.Turn();
        peer.Advance(60);
        Assert.Equal(-1, peer.Loop.Timers.MillisecondsUntilNext(peer.Loop.Now));
        peer.GoesOn();
    }

    [Fact]
    public void A_thousand_streams_of_one_byte_each_hold_what_was_written_until_their_time_is_over()
    {
        var peer = ScriptedPeer.OfServer(AMinute);
        var other = ScriptedPeer.Beside(peer);
        peer.Send(Frames.Setting(SettingId.InitialWindowSize, 1));
        for (uint id = 1; id < 2000; id += 2)
        {
            Answer(peer, id, 10_000);
        }

        Assert.InRange(peer.Loop.Segments.InUse, 1, 1010);
        peer.Advance(60.1);
        other.GoesOn();
        peer.Channel.End(ChannelEnd.EndOfStream);
        peer.Turn();
        peer.HoldsNothing();
    }

    /// <summary>The peer goes away with its only answer written and unread.</summary>
    private static ScriptedPeer LastAnswer(out int left)
    {
        var peer = ScriptedPeer.OfServer(AMinute);
        peer.Channel.Room = 0;
        Answer(peer, 1, 60_000);
        peer.Connection.GoAway();
        peer.Advance(5.1); // the second GOAWAY, without the peer's answer to the PING
        left = peer.Connection.OutputLength;
        Assert.InRange(left, 60_000, 61_000);
        Assert.True(peer.Connection.IsDead);
        return peer;
    }

    private static void Answer(ScriptedPeer peer, uint id, int bytes)
    {
        peer.Send(Frames.Get(id));
        peer.App[(int)id].WriteHeaders(ScriptedPeer.List(":status: 200"), endStream: false);
        peer.App[(int)id].Write(new byte[bytes], endStream: bytes > 10);
        peer.Turn();
    }
}
