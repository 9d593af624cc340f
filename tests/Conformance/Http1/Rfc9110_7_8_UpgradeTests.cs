using Mesh.Conformance.Peer;

namespace Mesh.Conformance.Http1;

/// <summary>RFC 9110 sections 7.8 and 9.3.6: a connection that becomes a tunnel.</summary>
public sealed class Rfc9110_7_8_UpgradeTests
{
    private const string Request = "GET /chat HTTP/1.1\nhost: a\nconnection: upgrade\nupgrade: websocket\n\n";
    private const string Granted = "HTTP/1.1 101 Switching Protocols\nupgrade: websocket\nconnection: upgrade\n\n";

    [Fact]
    public void After_a_101_bytes_pass_both_ways_and_each_direction_ends_by_itself()
    {
        using var peer = Http1Peer.OfServer();
        peer.Send(Request).Told("request 1 GET /chat upgrade=websocket");
        Grant(peer);
        peer.Reads(Granted);
        peer.Send("hello").Told("data 1 hello");
        Http1Peer.Write(peer.Stream, "hi");
        peer.Turn();
        peer.Reads("hi");
        peer.End().Told("data 1  end");
        Assert.False(peer.Channel.IsClosed);
        Http1Peer.Write(peer.Stream, "last words", end: true);
        peer.Turn();
        peer.Reads("last words").Closes();
        Assert.True(peer.Channel.IsClosed);
    }

    [Fact]
    public void The_callers_last_words_pass_after_the_applications_end()
    {
        using var peer = Http1Peer.OfServer();
        peer.Send(Request);
        Grant(peer);
        Http1Peer.Write(peer.Stream, "bye", end: true);
        peer.Turn();
        peer.Reads(Granted + "bye");
        Assert.True(peer.Channel.IsShutdown);
        Assert.False(peer.Connection.IsDead);
        peer.App.Take();
        peer.Send("last words").Told("data 1 last words");
        peer.End().Told("data 1  end").Closes();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void What_comes_before_the_101_is_the_tunnels(bool ends)
    {
        using var peer = Http1Peer.OfServer();
        peer.Send(Request + "GET / HTTP/1.1\n").Send("more");
        if (ends)
        {
            peer.End();
        }

        peer.Told("request 1 GET /chat upgrade=websocket");
        Grant(peer);
        peer.Turn();
        peer.Told($"data 1 GET / HTTP/1.1\r\nmore{(ends ? " end" : "")}");
    }

    [Fact]
    public void An_end_before_the_101_is_told_behind_it()
    {
        using var peer = Http1Peer.OfServer();
        peer.Send(Request).End().Told("request 1 GET /chat upgrade=websocket");
        Grant(peer);
        peer.Told("data 1  end");
        Http1Peer.Write(peer.Stream, "too late", end: true);
        peer.Turn();
        peer.Reads(Granted + "too late").Closes();
    }

    [Fact]
    public void A_tunnel_that_its_handler_gives_up_is_cut_off_even_if_one_direction_has_ended()
    {
        using var peer = Http1Peer.OfServer();
        peer.Send(Request);
        Grant(peer);
        Http1Peer.Write(peer.Stream, "bye", end: true);
        peer.Turn();
        peer.Stream.Reset(Wire.Http2.Frames.ErrorCode.Cancel);
        peer.Turn();
        peer.IsCut();
    }

    [Fact]
    public void A_caller_that_resets_a_tunnel_is_told()
    {
        using var peer = Http1Peer.OfServer();
        peer.Send(Request);
        Grant(peer);
        peer.App.Take();
        peer.End(Wire.Transport.ChannelEnd.Reset).Told("reset 1 NO_ERROR ConnectionLost");
    }

    [Fact]
    public void A_tunnel_whose_bytes_nobody_takes_is_not_read()
    {
        using var peer = Http1Peer.OfServer();
        peer.App.ReturnsCredit = false;
        peer.Send(Request);
        Grant(peer);
        peer.Send(new byte[1_000_000]);
        Assert.InRange(peer.App.DataBytes, peer.Options.StreamWindow, peer.Options.StreamWindow + 65_536);
        Assert.True(peer.Channel.IsPaused);
        peer.Stream.ReturnCredit((int)peer.App.DataBytes);
        peer.Turn();
        Assert.InRange(peer.App.DataBytes, 2 * peer.Options.StreamWindow, 1_000_000);
    }

    [Fact]
    public void A_refused_upgrade_goes_on_as_http()
    {
        using var peer = Http1Peer.OfServer();
        peer.Send(Request + "GET /next HTTP/1.1\nhost: a\n\n");
        Http1Peer.Answer(peer.Stream, "403", "no");
        peer.Stream.StopPeerWhenDone();
        peer.Turn();
        peer.Reads("HTTP/1.1 403 Forbidden\ncontent-length: 2\n\nno");
        peer.Told("request 1 GET /chat upgrade=websocket", "request 2 GET /next end");
    }

    [Fact]
    public void An_upgrade_with_a_body_is_a_request_as_any()
    {
        using var peer = Http1Peer.OfEcho();
        peer.Send("POST / HTTP/1.1\nhost: a\nconnection: upgrade\nupgrade: websocket\ncontent-length: 2\n\nhi");
        peer.Told("request 1 POST / content-length=2", "data 1 hi end").Reads("HTTP/1.1 200 OK\ncontent-length: 3\n\nok1").GoesOn();
    }

    [Fact]
    public void Connect_is_a_request_without_a_path_and_a_2xx_begins_its_tunnel()
    {
        using var peer = Http1Peer.OfServer();
        peer.Send("CONNECT a:80 HTTP/1.1\nhost: a:80\n\nPRI *").Told("request 1 CONNECT ?");
        stream().WriteHeaders(ScriptedPeer.List(":status: 200"), endStream: false);
        peer.Turn();
        peer.Reads("HTTP/1.1 200 OK\n\n").Told("data 1 PRI *");
        Http1Peer.Write(stream(), "\0\0\0", end: true);
        peer.Turn();
        peer.Reads("\0\0\0");
        peer.End().Closes();

        Wire.Streams.MessageStream stream() => peer.Stream;
    }

    [Fact]
    public void A_refused_connect_goes_on_as_http()
    {
        using var peer = Http1Peer.OfServer();
        peer.Send("CONNECT a:80 HTTP/1.1\nhost: a:80\n\n");
        Http1Peer.Answer(peer.Stream, "405", "no");
        peer.Stream.StopPeerWhenDone();
        peer.Turn();
        peer.Reads("HTTP/1.1 405 Method Not Allowed\ncontent-length: 2\n\nno").GoesOn();
    }

    [Fact]
    public void A_client_asks_for_an_upgrade_and_its_tunnel_begins_behind_the_101()
    {
        using var peer = Http1Peer.OfClient();
        var stream = peer.Open("GET", end: false, "upgrade: websocket");
        peer.Turn();
        peer.Reads("GET / HTTP/1.1\nhost: a\nupgrade: websocket\nconnection: upgrade\n\n");
        peer.Send(Granted + "hello").Told("response 1 101 upgrade=websocket", "data 1 hello");
        Http1Peer.Write(stream, "hi", end: true);
        peer.Turn();
        peer.Reads("hi");
        Assert.True(peer.Channel.IsShutdown);
        peer.Send("last words").Told("data 1 last words");
        peer.End().Told("data 1  end").Closes();
    }

    [Fact]
    public void A_client_still_sends_its_last_words_through_a_tunnel_that_the_server_has_ended()
    {
        using var peer = Http1Peer.OfClient();
        var stream = peer.Opened("GET", end: false, "upgrade: websocket");
        peer.Send(Granted).End().Told("response 1 101 upgrade=websocket", "data 1  end");
        Assert.False(peer.Channel.IsClosed);
        Http1Peer.Write(stream, "last words", end: true);
        peer.Turn();
        peer.Reads("last words").Closes();
    }

    [Fact]
    public void A_client_whose_upgrade_is_refused_uses_the_connection_again()
    {
        using var peer = Http1Peer.OfClient();
        peer.Opened("GET", end: false, "upgrade: websocket");
        peer.Send("HTTP/1.1 403 Forbidden\ncontent-length: 2\n\nno").Told("response 1 403 content-length=2", "data 1 no end");
        Assert.True(peer.Connection.CanOpen);
        Assert.Equal(0, peer.App.OpenStreams);
    }

    [Fact]
    public void A_client_takes_no_upgrade_that_it_has_not_asked_for()
    {
        using var peer = Http1Peer.OfClient();
        peer.Opened();
        peer.Send(Granted).Told("reset 1 PROTOCOL_ERROR Violation").IsCut();
    }

    [Fact]
    public void A_clients_connect_becomes_a_tunnel()
    {
        using var peer = Http1Peer.OfClient();
        var stream = peer.Open("CONNECT", end: false);
        peer.Turn();
        peer.Reads("CONNECT a:1 HTTP/1.1\nhost: a:1\n\n");
        peer.Send("HTTP/1.1 200 OK\n\nhello").Told("response 1 200", "data 1 hello");
        Http1Peer.Write(stream, "hi");
        peer.Turn();
        peer.Reads("hi");
    }

    private static void Grant(Http1Peer peer)
    {
        Http1Peer.Head(peer.Stream, "101", "upgrade: websocket");
        peer.Turn();
    }
}
