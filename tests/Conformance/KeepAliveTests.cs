using Mesh.Conformance.Peer;
using Mesh.Http2.Connections;
using Mesh.Http2.Frames;

namespace Mesh.Conformance;

/// <summary>RFC 9113 section 6.7: PING finds out that a peer is gone without a word.</summary>
public sealed class KeepAliveTests
{
    [Fact]
    public void A_silent_peer_is_asked_and_then_lost()
    {
        var peer = ScriptedPeer.OfClient();
        peer.Opened();
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
        var peer = ScriptedPeer.OfClient(new Http2Options { IdleTimeout = TimeSpan.Zero });
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
}
