using Mesh.Wire.Streams;

namespace Mesh.Conformance.Http1;

/// <summary>RFC 9110 section 15.2: answers before the answer.</summary>
public sealed class Rfc9110_15_2_InterimTests
{
    [Fact]
    public void All_of_them_pass_in_their_order()
    {
        using var peer = Http1Peer.OfServer();
        peer.Send("GET / HTTP/1.1\nhost: a\n\n");
        Http1Peer.Head(peer.Stream, "102");
        Http1Peer.Head(peer.Stream, "103", "link: </a>; rel=preload");
        peer.Turn();
        peer.Reads("HTTP/1.1 102 Processing\n\nHTTP/1.1 103 Early Hints\nlink: </a>; rel=preload\n\n");
        Http1Peer.Head(peer.Stream, "103", "link: </b>");
        Http1Peer.Answer(peer.Stream, "200", "1");
        peer.Turn();
        peer.Reads("HTTP/1.1 103 Early Hints\nlink: </b>\n\nHTTP/1.1 200 OK\ncontent-length: 1\n\n1").GoesOn();
    }

    [Fact]
    public void None_goes_to_http_1_0_which_knows_none()
    {
        using var peer = Http1Peer.OfServer();
        peer.Send("GET / HTTP/1.0\n\n");
        Http1Peer.Head(peer.Stream, "103", "link: </a>");
        Http1Peer.Answer(peer.Stream, "200", "1");
        peer.Turn();
        peer.Reads("HTTP/1.1 200 OK\ncontent-length: 1\nconnection: close\n\n1");
    }

    [Fact]
    public void One_that_comes_after_the_answers_head_is_dropped()
    {
        using var peer = Http1Peer.OfServer();
        peer.Send("GET / HTTP/1.1\nhost: a\n\n");
        Http1Peer.Head(peer.Stream, "200", "content-length: 1");
        Http1Peer.Head(peer.Stream, "103");
        Http1Peer.Write(peer.Stream, "1", end: true);
        peer.Turn();
        peer.Reads("HTTP/1.1 200 OK\ncontent-length: 1\n\n1").GoesOn();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_client_tells_all_of_them_and_then_the_answer(bool drips)
    {
        using var peer = Http1Peer.OfClient(drips: drips);
        peer.Opened();
        peer.Send("HTTP/1.1 102 Processing\n\nHTTP/1.1 103 Early Hints\nlink: x\n\nHTTP/1.1 200 OK\ncontent-length: 2\n\nhi");
        peer.Told("interim 1 102", "interim 1 103 link=x", "response 1 200 content-length=2", "data 1 hi end");
        Assert.True(peer.Connection.CanOpen);
    }

    [Fact]
    public void A_server_that_sends_nothing_else_is_given_up()
    {
        using var peer = Http1Peer.OfClient();
        peer.Opened();
        peer.Send(string.Concat(Enumerable.Repeat("HTTP/1.1 102 Processing\n\n", 1000)));
        Assert.False(peer.Connection.IsDead);
        peer.App.Take();
        peer.Send("HTTP/1.1 102 Processing\n\n").Told("reset 1 ENHANCE_YOUR_CALM Violation").IsCut();
        Assert.Equal(1, peer.Violations[ProtocolViolation.InterimFlood]);
    }
}
