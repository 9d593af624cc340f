using Mesh.Conformance.Peer;
using Mesh.Wire.Streams;

namespace Mesh.Conformance;

/// <summary>RFC 9113 section 9.1: a connection that nobody uses may be closed, in good order.</summary>
public sealed class IdleTests
{
    private static readonly WireOptions AMinute = new() { IdleTimeout = TimeSpan.FromMinutes(1) };

    [Fact]
    public void A_client_that_opens_no_stream_is_told_to_go()
    {
        var peer = ScriptedPeer.OfServer(AMinute);
        peer.Advance(59.9);
        peer.Reads();
        peer.Advance(0.2);
        peer.Reads("GOAWAY 2147483647 NO_ERROR", "PING");
        peer.Send(Frames.Raw(6, 1, 0, "goaway\0\0"u8.ToArray()));
        peer.Reads("GOAWAY 0 NO_ERROR");
        Assert.True(peer.Channel.IsShutdown);
        Assert.True(peer.App.ConnectionClosed);
        Assert.Null(peer.Connection.Failure);
    }

    [Fact]
    public void Pings_and_settings_do_not_keep_a_connection()
    {
        var peer = ScriptedPeer.OfServer(AMinute);
        for (var i = 0; i < 61; i++)
        {
            peer.Send(Frames.Ping(), Frames.Settings());
            peer.Advance(1);
        }

        Assert.Contains("GOAWAY 2147483647 NO_ERROR", peer.TakeFrames());
    }

    [Fact]
    public void A_client_that_never_answers_is_closed_all_the_same()
    {
        var peer = ScriptedPeer.OfServer(AMinute);
        peer.Advance(60.1);
        peer.Advance(5.1);
        peer.Advance(5.1);
        Assert.True(peer.Channel.IsClosed);
        peer.HoldsNothing();
        Assert.Equal(-1, peer.Loop.Timers.MillisecondsUntilNext(peer.Loop.Now));
    }

    [Fact]
    public void A_request_that_crosses_the_goaway_is_served()
    {
        var peer = ScriptedPeer.OfServer(AMinute);
        peer.Advance(60.1);
        peer.Send(Frames.Get(1));
        peer.Told("request 1 GET / end");
        peer.App[1].WriteHeaders(ScriptedPeer.List(":status: 200"), endStream: true);
        peer.Turn();
        peer.Reads("GOAWAY 2147483647 NO_ERROR", "PING", "HEADERS 1 :status=200 end");
    }

    [Fact]
    public void A_connection_with_a_stream_is_not_idle_however_silent()
    {
        foreach (var server in new[] { true, false })
        {
            var peer = ScriptedPeer.Of(server, AMinute with { KeepAliveInterval = TimeSpan.Zero });
            if (server)
            {
                peer.Send(Frames.Post(1));
            }
            else
            {
                peer.Opened();
            }

            peer.Advance(300);
            peer.Advance(300);
            peer.Reads();
            peer.GoesOn();
        }
    }

    [Fact]
    public void The_time_begins_anew_when_the_last_stream_has_ended()
    {
        var peer = ScriptedPeer.OfClient(AMinute);
        for (uint id = 1; id < 20; id += 2)
        {
            peer.Advance(50);
            Assert.True(peer.Connection.CanOpen);
            peer.Opened();
            peer.Send(Frames.Ok(id, end: true));
        }

        peer.Advance(59.9);
        peer.Reads();
        Assert.True(peer.Connection.CanOpen);
        peer.Advance(0.2);
        peer.Reads("GOAWAY 0 NO_ERROR");
        Assert.True(peer.Connection.IsUsedUp);
        Assert.True(peer.App.ConnectionClosed);
        Assert.Null(peer.Connection.Failure);
        peer.HoldsNothing();
    }

    [Fact]
    public void Ten_minutes_are_the_default()
    {
        var peer = ScriptedPeer.OfServer();
        peer.Advance(599);
        peer.Reads();
        peer.Advance(2);
        peer.Reads("GOAWAY 2147483647 NO_ERROR", "PING");
    }
}
