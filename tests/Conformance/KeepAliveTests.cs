using Mesh.Conformance.Peer;
using Mesh.Wire.Http2.Frames;
using Mesh.Wire.Streams;

namespace Mesh.Conformance;

/// <summary>RFC 9113 section 6.7: PING finds out that a peer is gone without a word.</summary>
public sealed class KeepAliveTests
{
    [Fact]
    public void A_silent_peer_is_asked_and_then_lost()
    {
        var peer = ScriptedPeer.OfClient();
        peer.Opened();
        peer.Send(Frames.Ok(1));
        peer.App.Take();
        peer.Advance(19.9);
        peer.Reads();
        peer.Advance(0.2);
        peer.Reads("PING");
        peer.Advance(9.5);
        peer.Told();
        peer.Advance(1);
        peer.Told("reset 1 NO_ERROR ConnectionLost");
        Assert.True(peer.Connection.IsDead);
        Assert.Contains("keep-alive", peer.Connection.Failure, StringComparison.Ordinal);
    }

    [Fact]
    public void The_system_ends_a_connection_of_which_nothing_is_acknowledged_for_as_long_as_a_silent_one_lasts()
    {
        Assert.Equal(TimeSpan.FromSeconds(30), ScriptedPeer.OfClient().Channel.UnacknowledgedLimit);
        Assert.Null(ScriptedPeer.OfClient(new WireOptions { KeepAliveInterval = TimeSpan.Zero }).Channel.UnacknowledgedLimit);
        Assert.Null(ScriptedPeer.OfClient(new WireOptions { KeepAliveTimeout = TimeSpan.Zero }).Channel.UnacknowledgedLimit);
    }

    [Fact]
    public void A_silent_peer_is_noticed_although_calls_come_and_are_given_up()
    {
        var peer = ScriptedPeer.OfClient();
        for (var i = 0; i < 33 && !peer.Connection.IsDead; i++)
        {
            var stream = peer.Open();
            peer.Advance(0.9);
            if (!peer.Connection.IsDead)
            {
                stream.Reset(ErrorCode.Cancel);
            }

            peer.Advance(0.1);
        }

        Assert.True(peer.Connection.IsDead);
    }

    [Fact]
    public void Whatever_comes_in_is_an_answer()
    {
        var peer = ScriptedPeer.OfClient();
        peer.Opened();
        peer.Advance(20.1);
        peer.Reads("PING");
        peer.Send(Frames.WindowUpdate(0, 1));
        peer.Advance(15);
        Assert.False(peer.Connection.IsDead);
    }

    [Fact]
    public void While_the_streams_stay_silent_pings_are_rarer_than_what_grpcs_servers_forbid()
    {
        var peer = ScriptedPeer.OfClient();
        peer.Opened();
        var pings = 0;
        for (var second = 0; second < 1000; second++)
        {
            peer.Advance(1);
            foreach (var ping in peer.TakeFrames())
            {
                Assert.Equal("PING", ping);
                pings++;
                peer.Send(Frames.Raw(6, 1, 0, "alive?\0\0"u8.ToArray()));
            }
        }

        Assert.InRange(pings, 3, 4);
    }

    [Fact]
    public void An_idle_connection_without_a_timeout_says_nothing_and_has_no_timer()
    {
        var peer = ScriptedPeer.OfClient(new WireOptions { IdleTimeout = TimeSpan.Zero });
        peer.Opened();
        peer.Send(Frames.Ok(1, end: true));
        peer.Advance(100);
        peer.Advance(10_000);
        peer.Reads();
        Assert.Equal(-1, peer.Loop.Timers.MillisecondsUntilNext(peer.Loop.Now));
    }

    [Fact]
    public void Traffic_keeps_pings_away()
    {
        var peer = ScriptedPeer.OfClient();
        peer.Opened();
        peer.Send(Frames.Ok(1));
        for (var i = 0; i < 50; i++)
        {
            peer.Advance(10);
            peer.Send(Frames.Data(1, "x"));
        }

        peer.Reads();
    }

    [Fact]
    public void A_request_that_gets_nothing_back_has_the_peer_asked_although_it_was_asked_not_long_ago()
    {
        var peer = ScriptedPeer.OfClient();
        peer.Opened();
        peer.Send(Frames.SettingsAck, Frames.Ok(1));
        peer.Advance(20.1);
        peer.Reads("PING");
        peer.Send(Pong);
        peer.Advance(60);
        peer.Reads();
        peer.App.Take();
        peer.Opened();
        peer.Advance(9.9);
        peer.Reads();
        peer.Advance(0.2);
        peer.Reads("SETTINGS");
        peer.Advance(9.8);
        peer.Told();
        peer.Advance(0.3);
        peer.Told("reset 1 NO_ERROR ConnectionLost", "reset 3 NO_ERROR ConnectionLost");
        Assert.True(peer.Connection.IsDead);
    }

    [Fact]
    public void Requests_that_are_given_up_one_after_the_other_have_the_peer_asked_too()
    {
        var peer = ScriptedPeer.OfClient();
        peer.Opened();
        peer.Send(Frames.SettingsAck, Frames.Ok(1));
        peer.Advance(20.1);
        peer.Send(Pong);
        peer.Advance(60);
        var began = peer.Loop.Now;
        while (!peer.Connection.IsDead)
        {
            var stream = peer.Opened();
            peer.Advance(1);
            if (!peer.Connection.IsDead)
            {
                stream.Reset(ErrorCode.Cancel);
            }
        }

        Assert.InRange(TimeSpan.FromTicks(peer.Loop.Now - began).TotalSeconds, 19, 22);
    }

    [Fact]
    public void A_server_that_is_only_slow_is_not_sent_more_pings_than_grpcs_servers_take()
    {
        var peer = ScriptedPeer.OfClient();
        peer.Opened();
        peer.Send(Frames.SettingsAck, Frames.Ok(1));
        var asked = new List<string>();
        for (var second = 0; second < 1000; second++)
        {
            if (second % 15 == 0)
            {
                peer.Opened();
            }

            peer.Advance(1);
            foreach (var frame in peer.TakeFrames())
            {
                asked.Add(frame);
                peer.Send(frame == "PING" ? Pong : Frames.SettingsAck);
            }
        }

        Assert.False(peer.Connection.IsDead);
        Assert.InRange(asked.Count(frame => frame == "PING"), 3, 4);
        Assert.InRange(asked.Count(frame => frame == "SETTINGS"), 20, 100);
    }

    [Fact]
    public void A_request_that_is_answered_in_time_asks_nobody()
    {
        var peer = ScriptedPeer.OfClient();
        for (uint id = 1; id < 100; id += 2)
        {
            peer.Opened();
            peer.Advance(9.9);
            peer.Send(Frames.Ok(id, end: true));
        }

        peer.Reads();
    }

    [Fact]
    public void A_caller_that_is_gone_without_a_word_is_asked_and_then_lost_with_all_its_streams()
    {
        var peer = ScriptedPeer.OfServer();
        peer.Send(Frames.Get(1), Frames.Get(3));
        peer.App[3].WriteHeaders(ScriptedPeer.List(":status: 200"), endStream: false);
        peer.Turn();
        peer.TakeFrames();
        peer.App.Take();
        peer.Advance(19.9);
        peer.Reads();
        peer.Advance(0.2);
        peer.Reads("PING");
        peer.Advance(9.8);
        peer.Told();
        peer.Advance(0.3);
        peer.Told("reset 1 NO_ERROR ConnectionLost", "reset 3 NO_ERROR ConnectionLost");
        peer.Advance(5.1);
        Assert.True(peer.Channel.IsClosed);
        peer.HoldsNothing();
    }

    [Fact]
    public void A_caller_that_answers_is_asked_again_and_again_and_stays()
    {
        var peer = ScriptedPeer.OfServer();
        peer.Send(Frames.Get(1));
        var pings = 0;
        for (var second = 0; second < 1000; second++)
        {
            peer.Advance(1);
            foreach (var ping in peer.TakeFrames())
            {
                Assert.Equal("PING", ping);
                pings++;
                peer.Send(Pong);
            }
        }

        Assert.InRange(pings, 40, 50);
        peer.GoesOn();
    }

    [Fact]
    public void A_caller_that_does_not_read_could_not_answer_and_has_the_time_for_what_waits()
    {
        var peer = ScriptedPeer.OfServer(new WireOptions { StallTimeout = TimeSpan.FromMinutes(1) });
        peer.Send(Frames.Get(1));
        peer.TakeFrames();
        peer.Channel.Room = 10;
        peer.App[1].WriteHeaders(ScriptedPeer.List(":status: 200"), endStream: false);
        peer.App[1].Write(new byte[1000], endStream: false);
        peer.Turn();
        for (var second = 0; second < 59; second++)
        {
            peer.Advance(1);
        }

        Assert.False(peer.Connection.IsDead);
        peer.Advance(2);
        Assert.True(peer.Connection.IsDead);
    }

    private static byte[] Pong => Frames.Raw(6, 1, 0, "alive?\0\0"u8.ToArray());
}
