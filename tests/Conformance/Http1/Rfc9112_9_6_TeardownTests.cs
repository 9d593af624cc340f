using Mesh.Wire.Http2.Frames;

namespace Mesh.Conformance.Http1;

/// <summary>RFC 9112 section 9.6: how we end a connection.</summary>
public sealed class Rfc9112_9_6_TeardownTests
{
    private const string Get = "GET / HTTP/1.1\nhost: a\n\n";

    [Fact]
    public void An_idle_connection_closes_at_once()
    {
        using var peer = Http1Peer.OfEcho();
        peer.Send(Get);
        peer.Take();
        peer.App.Take();
        peer.Connection.GoAway();
        peer.Turn();
        peer.Reads("").Closes();
        peer.Send(Get).Told().Reads("");
    }

    [Fact]
    public void The_answer_under_way_says_close_and_is_the_last()
    {
        using var peer = Http1Peer.OfServer();
        peer.Send(Get + Get);
        peer.Connection.GoAway();
        peer.Turn();
        Assert.False(peer.Connection.IsDead);
        Http1Peer.Answer(peer.Stream, "200", "1");
        peer.Turn();
        peer.Reads("HTTP/1.1 200 OK\ncontent-length: 1\nconnection: close\n\n1").Told("request 1 GET / end").Closes();
    }

    [Fact]
    public void An_answer_whose_head_is_out_finishes_and_is_the_last()
    {
        using var peer = Http1Peer.OfServer();
        peer.Send(Get);
        Http1Peer.Head(peer.Stream, "200", "content-length: 5");
        peer.Connection.GoAway();
        Http1Peer.Write(peer.Stream, "hello", end: true);
        peer.Turn();
        peer.Reads("HTTP/1.1 200 OK\ncontent-length: 5\n\nhello").Closes();
    }

    [Fact]
    public void A_request_whose_head_has_begun_is_answered_and_is_the_last()
    {
        using var peer = Http1Peer.OfEcho();
        peer.Send("GET / HT");
        peer.Connection.GoAway();
        peer.Send("TP/1.1\nhost: a\n\n").Reads("HTTP/1.1 200 OK\ncontent-length: 3\nconnection: close\n\nok1").Closes();
    }

    [Fact]
    public void Who_is_to_say_close_says_it_with_the_next_answer_however_late_that_comes()
    {
        using var peer = Http1Peer.OfEcho();
        peer.Connection.SayClose();
        peer.Advance(5);
        Assert.False(peer.Connection.IsDead);
        peer.Send(Get).Reads("HTTP/1.1 200 OK\ncontent-length: 3\nconnection: close\n\nok1").Closes();
    }

    [Fact]
    public void Who_is_to_say_close_while_an_answer_is_out_says_it_with_the_one_after_it()
    {
        using var peer = Http1Peer.OfServer();
        peer.Send(Get);
        Http1Peer.Head(peer.App[1], "200", "content-length: 5");
        peer.Connection.SayClose();
        Http1Peer.Write(peer.App[1], "hello", end: true);
        peer.Turn();
        peer.Reads("HTTP/1.1 200 OK\ncontent-length: 5\n\nhello").GoesOn();
        peer.Send(Get);
        Http1Peer.Answer(peer.App[2], "200", "1");
        peer.Turn();
        peer.Reads("HTTP/1.1 200 OK\ncontent-length: 1\nconnection: close\n\n1").Closes();
    }

    [Fact]
    public void A_tunnel_is_not_told_of_a_close_and_goes_on()
    {
        using var peer = Http1Peer.OfServer();
        peer.Connection.SayClose();
        peer.Send("GET / HTTP/1.1\nhost: a\nconnection: upgrade\nupgrade: x\n\n");
        Http1Peer.Head(peer.Stream, "101", "upgrade: x");
        peer.Turn();
        peer.Reads("HTTP/1.1 101 Switching Protocols\nupgrade: x\nconnection: upgrade\n\n");
        peer.Connection.GoAway();
        peer.Turn();
        Assert.False(peer.Connection.IsDead);
    }

    [Fact]
    public void A_client_that_goes_away_lets_its_request_finish()
    {
        using var peer = Http1Peer.OfClient();
        peer.Opened();
        peer.Connection.GoAway();
        peer.Turn();
        Assert.False(peer.Connection.CanOpen || peer.Connection.IsDead);
        peer.Send("HTTP/1.1 204 No Content\n\n").Told("response 1 204 end").Closes();
    }

    [Fact]
    public void A_client_that_is_idle_and_goes_away_closes_at_once()
    {
        using var peer = Http1Peer.OfClient();
        peer.Connection.GoAway();
        peer.Turn();
        peer.Closes();
        Assert.True(peer.Channel.IsClosed);
        Assert.Null(peer.Connection.Failure);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    public void A_server_that_ends_at_once_cuts_off_only_an_answer_that_is_not_whole(int written)
    {
        using var peer = Http1Peer.OfServer();
        peer.Channel.Room = 0;
        peer.Send("POST / HTTP/1.1\nhost: a\ncontent-length: 5\n\n");
        if (written > 0)
        {
            Http1Peer.Head(peer.Stream, "200", "content-length: 1");
        }

        if (written > 1)
        {
            Http1Peer.Write(peer.Stream, "1", end: true);
        }

        peer.Connection.Abort(ErrorCode.InternalError, "enough");
        peer.Grant(int.MaxValue);
        peer.Told("request 1 POST / content-length=5", "reset 1 INTERNAL_ERROR ConnectionClosed");
        Assert.Equal(written == 1, peer.Channel.IsCut);
        peer.Reads(written == 2 ? "HTTP/1.1 200 OK\ncontent-length: 1\n\n1" : "");
    }
}
