using Mesh.Conformance.Peer;

namespace Mesh.Conformance.Http1;

/// <summary>RFC 9110 section 10.1.1: who waits for a 100 before it sends its body. The application answers, not the engine.</summary>
public sealed class Rfc9110_10_1_1_ExpectTests
{
    private const string Head = "POST / HTTP/1.1\nhost: a\nexpect: 100-continue\ncontent-length: 5\n\n";

    [Fact]
    public void The_engine_says_nothing_of_its_own_and_the_applications_100_passes()
    {
        using var peer = Http1Peer.OfServer();
        peer.Send(Head).Told("request 1 POST / expect=100-continue content-length=5").Reads("");
        Http1Peer.Head(peer.Stream, "100");
        peer.Turn();
        peer.Reads("HTTP/1.1 100 Continue\n\n");
        peer.Send("hello").Told("data 1 hello end");
        Http1Peer.Answer(peer.Stream, "200", "1");
        peer.Turn();
        peer.Reads("HTTP/1.1 200 OK\ncontent-length: 1\n\n1").GoesOn();
    }

    [Theory]
    [InlineData("401", "HTTP/1.1 401 Unauthorized")]
    [InlineData("200", "HTTP/1.1 200 OK")]
    public void A_final_answer_instead_of_a_100_is_the_last_since_nobody_knows_whether_the_body_comes(string status, string line)
    {
        using var peer = Http1Peer.OfServer();
        peer.Send(Head);
        Http1Peer.Answer(peer.Stream, status, "1");
        peer.Stream.StopPeerWhenDone();
        peer.Turn();
        peer.Reads(line + "\ncontent-length: 1\nconnection: close\n\n1").Closes();
        peer.App.Take();
        peer.Send("GET /smuggled HTTP/1.1\nhost: a\n\n").Told().Reads("");
    }

    [Fact]
    public void Another_interim_answer_than_a_100_does_not_ask_for_the_body()
    {
        using var peer = Http1Peer.OfServer();
        peer.Send(Head);
        Http1Peer.Head(peer.Stream, "103", "link: x");
        Http1Peer.Answer(peer.Stream, "401", "1");
        peer.Stream.StopPeerWhenDone();
        peer.Turn();
        peer.Reads("HTTP/1.1 103 Early Hints\nlink: x\n\nHTTP/1.1 401 Unauthorized\ncontent-length: 1\nconnection: close\n\n1").Closes();
    }

    [Fact]
    public void After_a_100_the_body_comes_whatever_the_answer_is()
    {
        using var peer = Http1Peer.OfServer();
        peer.Send(Head);
        Http1Peer.Head(peer.Stream, "100");
        Http1Peer.Answer(peer.Stream, "401", "1");
        peer.Stream.StopPeerWhenDone();
        peer.Send("helloGET /next HTTP/1.1\nhost: a\n\n").Reads("HTTP/1.1 100 Continue\n\nHTTP/1.1 401 Unauthorized\ncontent-length: 1\n\n1");
        Assert.Equal("request 2 GET /next end", peer.App.Take()[^1]);
    }

    [Fact]
    public void Who_does_not_wait_for_the_100_is_read_all_the_same()
    {
        using var peer = Http1Peer.OfEcho();
        peer.Send(Head + "hello").Reads("HTTP/1.1 200 OK\ncontent-length: 3\n\nok1").GoesOn();
    }

    [Fact]
    public void A_client_passes_the_expectation_on_and_the_servers_100_back()
    {
        using var peer = Http1Peer.OfClient();
        var stream = peer.Open("POST", end: false, "expect: 100-continue", "content-length: 5");
        peer.Turn();
        peer.Reads("POST / HTTP/1.1\nhost: a\nexpect: 100-continue\ncontent-length: 5\n\n");
        peer.Send("HTTP/1.1 100 Continue\n\n").Told("interim 1 100");
        Http1Peer.Write(stream, "hello", end: true);
        peer.Turn();
        peer.Reads("hello");
        peer.Send("HTTP/1.1 200 OK\ncontent-length: 0\n\n").Told("response 1 200 content-length=0 end");
        Assert.True(peer.Connection.CanOpen);
    }

    [Fact]
    public void A_client_whose_expectation_is_refused_gives_the_connection_up_with_the_body()
    {
        using var peer = Http1Peer.OfClient();
        var stream = peer.Opened("POST", end: false, "expect: 100-continue", "content-length: 5");
        peer.Send("HTTP/1.1 417 Expectation Failed\ncontent-length: 2\n\nno").Told("response 1 417 content-length=2", "data 1 no end");
        Assert.False(peer.Connection.CanOpen); // half of a request is on it
        stream.Reset(Wire.Http2.Frames.ErrorCode.NoError);
        peer.Turn();
        peer.IsCut();
    }
}
