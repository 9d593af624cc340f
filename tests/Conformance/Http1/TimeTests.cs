using Mesh.Wire.Http2.Connections;
using Mesh.Wire.Streams;

namespace Mesh.Conformance.Http1;

/// <summary>How long a connection of HTTP/1.1 waits for what.</summary>
public sealed class TimeTests
{
    private const string Get = "GET / HTTP/1.1\nhost: a\n\n";
    private static readonly double Handshake = new WireOptions().HandshakeTimeout.TotalSeconds;
    private static readonly double Reuse = new WireOptions().Http1ReuseTimeout.TotalSeconds;
    private static readonly double Idle = new WireOptions().IdleTimeout.TotalSeconds;
    private static readonly double Stall = new WireOptions().StallTimeout.TotalSeconds;

    [Theory]
    [InlineData("G")]
    [InlineData("GET / HTTP/1.1\nhost: a\n")]
    public void A_head_that_is_not_finished_is_answered_with_408(string begun)
    {
        using var peer = Http1Peer.OfEcho();
        peer.Send(Get).Send(begun);
        peer.Take();
        peer.App.Take();
        peer.Advance(Handshake - 1);
        peer.Send(begun.Length > 1 ? "x: y\n" : "E").Reads("");
        peer.Advance(2);
        Assert.Equal(1, peer.Violations[ProtocolViolation.SlowPeer]);
        peer.Refuses(408);
    }

    [Fact]
    public void The_system_ends_a_connection_that_is_as_silent_as_one_of_HTTP2_may_be()
    {
        var (silence, answer) = (TimeSpan.FromSeconds(20), TimeSpan.FromSeconds(10));
        using var client = Http1Peer.OfClient();
        // It would count a closed window too, and a server may take long over an upload.
        Assert.Null(client.Channel.UnacknowledgedLimit);
        Assert.Equal((silence, answer), client.Channel.SilenceLimit);
        using var server = Http1Peer.OfServer();
        Assert.Equal((silence, answer), server.Channel.SilenceLimit);
    }

    [Theory]
    [InlineData(0, 10)]
    [InlineData(20, 0)]
    public void It_ends_none_where_that_is_switched_off(int interval, int timeout)
    {
        var options = new WireOptions { KeepAliveInterval = TimeSpan.FromSeconds(interval), KeepAliveTimeout = TimeSpan.FromSeconds(timeout) };
        using var client = Http1Peer.OfClient(options);
        Assert.Null(client.Channel.SilenceLimit);
        using var server = Http1Peer.OfServer(options);
        Assert.Null(server.Channel.SilenceLimit);
    }

    [Theory]
    [InlineData(20, 10, true)]
    [InlineData(0, 10, false)]
    [InlineData(20, 0, false)]
    public void A_caller_whose_system_acknowledges_nothing_of_an_answer_is_gone(int interval, int timeout, bool isLost)
    {
        var options = new WireOptions { KeepAliveInterval = TimeSpan.FromSeconds(interval), KeepAliveTimeout = TimeSpan.FromSeconds(timeout) };
        using var peer = Http1Peer.OfServer(options);
        peer.Send(Get);
        peer.Advance(100);
        peer.Channel.SilentFor = TimeSpan.FromSeconds(29);
        peer.Advance(20);
        Assert.False(peer.Connection.IsDead);
        peer.Channel.SilentFor = TimeSpan.FromSeconds(30);
        peer.Advance(20);
        Assert.Equal(isLost, peer.Connection.IsDead);
    }

    [Fact]
    public void A_server_whose_system_acknowledges_nothing_of_a_request_is_lost_and_one_that_reads_nothing_is_waited_for()
    {
        using var peer = Http1Peer.OfClient();
        peer.Open("POST", end: false);
        peer.Advance(100);
        Assert.False(peer.Connection.IsDead);
        peer.Channel.SilentFor = TimeSpan.FromSeconds(30);
        peer.Advance(20);
        Assert.True(peer.Connection.IsDead);
        peer.IsCut().Told("reset 1 NO_ERROR ConnectionLost");
    }

    [Fact]
    public void A_caller_that_says_nothing_is_closed_without_a_word()
    {
        using var peer = Http1Peer.OfEcho();
        peer.Advance(Handshake - 1);
        Assert.False(peer.Connection.IsDead);
        peer.Advance(2);
        peer.Reads("").Closes();
        Assert.Equal(1, peer.Violations[ProtocolViolation.SlowPeer]);
    }

    [Fact]
    public void The_rest_of_a_head_that_came_early_has_its_own_time()
    {
        using var peer = Http1Peer.OfServer();
        peer.Send(Get + "GET");
        peer.Advance(Handshake * 3); // how long an answer takes is not the caller's doing
        Assert.False(peer.Connection.IsDead);
        Http1Peer.Answer(peer.Stream, "200", "1");
        peer.Turn();
        peer.Advance(Handshake - 1);
        peer.Reads("HTTP/1.1 200 OK\ncontent-length: 1\n\n1").Told("request 1 GET / end");
        peer.Advance(2);
        peer.Refuses(408);
    }

    [Fact]
    public void Heads_that_follow_each_other_without_a_gap_are_not_one_slow_head()
    {
        using var peer = Http1Peer.OfEcho();
        for (var i = 0; i < 40; i++)
        {
            // Each read ends amid a head.
            peer.Send(i == 0 ? "GET / HTTP" : "/1.1\nhost: a\n\nGET / HTTP");
            peer.Advance(1);
        }

        Assert.False(peer.Connection.IsDead);
        peer.App.Take();
        peer.Take();
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void An_idle_connection_is_closed_and_a_busy_one_is_not(bool server)
    {
        using var peer = server ? Http1Peer.OfServer() : Http1Peer.OfClient();
        if (server)
        {
            peer.Send(Get);
        }
        else
        {
            peer.Opened();
        }

        peer.Advance(Idle * 3);
        Assert.False(peer.Connection.IsDead);
        if (server)
        {
            Http1Peer.Answer(peer.Stream, "200", "1");
            peer.Turn();
        }
        else
        {
            peer.Send("HTTP/1.1 204 No Content\n\n");
        }

        // A server may close one that is idle at any time: a client does not wait for that.
        peer.Advance((server ? Idle : Reuse) - 1);
        Assert.False(peer.Connection.IsDead);
        peer.Advance(2);
        peer.Closes();
        Assert.Null(peer.Connection.Failure);
        Assert.Equal(!server, peer.Channel.IsClosed);
    }

    [Theory]
    [InlineData("timeout=3", 2)]
    [InlineData("max=100, Timeout = 2", 1)]
    [InlineData("timeout=1", 0.5)]
    [InlineData("timeout=5", 4)]
    [InlineData("timeout=600", 4)] // more than we would keep it
    [InlineData("timeout=99999999999", 4)]
    [InlineData("timeout=-1", 4)]
    [InlineData("timeout=2s", 4)]
    [InlineData("timeout", 4)]
    [InlineData("", 4)]
    public void A_server_that_says_how_long_it_keeps_a_connection_is_not_asked_later(string said, double kept)
    {
        using var peer = Http1Peer.OfClient();
        peer.Opened();
        peer.Send($"HTTP/1.1 204 No Content\nkeep-alive: {said}\n\n");
        Assert.True(peer.Connection.CanOpen);
        peer.Advance(kept - 0.1);
        Assert.True(peer.Connection.CanOpen);
        peer.Advance(0.2);
        peer.Closes();
        Assert.Null(peer.Connection.Failure);
    }

    [Fact]
    public void A_server_that_keeps_a_connection_for_no_time_is_not_asked_again()
    {
        using var peer = Http1Peer.OfClient();
        peer.Opened();
        peer.Send("HTTP/1.1 204 No Content\nkeep-alive: timeout=0\n\n").Closes();
    }

    [Fact]
    public void A_client_waits_for_an_answer_as_long_as_its_caller_does()
    {
        using var peer = Http1Peer.OfClient();
        peer.Opened();
        peer.Send("HTTP/1.1 200 O");
        peer.Advance(Handshake * 2);
        peer.Advance(Idle * 2);
        Assert.False(peer.Connection.IsDead);
        // No timer that is due again and again.
        Assert.InRange(peer.Loop.Timers.MillisecondsUntilNext(peer.Loop.Now), -1, int.MaxValue);
        Assert.NotEqual(0, peer.Loop.Timers.MillisecondsUntilNext(peer.Loop.Now));
        peer.Send("K\ncontent-length: 0\n\n").Told("response 1 200 content-length=0 end");
    }

    [Fact]
    public void A_connection_that_does_not_come_about_in_time_is_given_up()
    {
        using var peer = Http1Peer.Unconnected();
        peer.Advance(Handshake - 1);
        Assert.False(peer.Connection.IsDead);
        peer.Advance(2);
        Assert.True(peer.App.ConnectionClosed && peer.Channel.IsClosed);
        Assert.Equal("not connected in time", peer.Connection.Failure);
    }

    [Fact]
    public void A_peer_that_does_not_read_is_given_up()
    {
        using var peer = Http1Peer.OfServer();
        peer.Channel.Room = 100;
        peer.Send(Get);
        Http1Peer.Head(peer.Stream, "200");
        Http1Peer.Write(peer.Stream, new string('x', 300_000));
        peer.Turn();
        peer.Advance(Stall - 1);
        peer.Grant(20_000); // enough to be given the time again
        peer.Advance(Stall - 1);
        peer.Grant(10); // not enough
        Assert.False(peer.Connection.IsDead);
        peer.Advance(2);
        peer.IsCut().Told("request 1 GET / end", "reset 1 ENHANCE_YOUR_CALM Violation");
        Assert.Equal(1, peer.Violations[ProtocolViolation.SlowPeer]);
    }

    [Fact]
    public void A_peer_that_does_not_read_the_last_answer_is_given_up()
    {
        using var peer = Http1Peer.OfServer();
        peer.Channel.Room = 100;
        peer.Send("GET / HTTP/1.0\n\n");
        Http1Peer.Answer(peer.Stream, "200", new string('x', 100_000));
        peer.Turn();
        Assert.True(peer.Connection.IsDead);
        peer.Advance(Stall - 1);
        Assert.False(peer.Channel.IsClosed);
        peer.Advance(2);
        peer.IsCut();
        Assert.Equal(1, peer.Violations[ProtocolViolation.SlowPeer]);
    }

    [Fact]
    public void A_server_that_does_not_read_a_request_is_given_up()
    {
        using var peer = Http1Peer.OfClient();
        peer.Channel.Room = 100;
        var stream = peer.Open("POST", end: false);
        Http1Peer.Write(stream, new string('x', 300_000));
        peer.Turn();
        peer.Advance(Stall + 1);
        peer.IsCut().Told("reset 1 ENHANCE_YOUR_CALM Violation");
    }

    [Fact]
    public void Times_of_zero_are_for_ever()
    {
        using var peer = Http1Peer.OfServer(new WireOptions { HandshakeTimeout = TimeSpan.Zero, IdleTimeout = TimeSpan.Zero, StallTimeout = TimeSpan.Zero });
        peer.Send("GET");
        peer.Advance(1_000_000);
        Assert.False(peer.Connection.IsDead);
        Assert.Equal(-1, peer.Loop.Timers.MillisecondsUntilNext(peer.Loop.Now));
    }
}
