using Mesh.Conformance.Peer;

namespace Mesh.Conformance.Http1;

/// <summary>RFC 9112 sections 6 and 7: how the bodies of answers are framed. Our side is the server.</summary>
public sealed class Rfc9112_6_BodyTests
{
    [Fact]
    public void An_answer_without_a_length_goes_in_chunks()
    {
        using var peer = Http1Peer.OfServer();
        peer.Send("GET / HTTP/1.1\nhost: a\n\n");
        Http1Peer.Head(peer.Stream, "200", "x: y");
        Http1Peer.Write(peer.Stream, "hello");
        Http1Peer.Write(peer.Stream, "");
        Http1Peer.Write(peer.Stream, " there, old friend", end: true);
        peer.Turn();
        peer.Reads("HTTP/1.1 200 OK\nx: y\ntransfer-encoding: chunked\n\n5\nhello\n12\n there, old friend\n0\n\n").GoesOn();
    }

    [Fact]
    public void Trailers_follow_the_last_chunk()
    {
        using var peer = Http1Peer.OfServer();
        peer.Send("GET / HTTP/1.1\nhost: a\n\n");
        Http1Peer.Head(peer.Stream, "200");
        Http1Peer.Write(peer.Stream, "hello");
        peer.Stream.WriteTrailers(ScriptedPeer.List("grpc-status: 0", "content-length: 3"));
        peer.Turn();
        peer.Reads("HTTP/1.1 200 OK\ntransfer-encoding: chunked\n\n5\nhello\n0\ngrpc-status: 0\n\n").GoesOn();
    }

    [Theory]
    [InlineData("GET / HTTP/1.1\nhost: a\n\n", "content-length: 5", "HTTP/1.1 200 OK\ncontent-length: 5\n\nhello")]
    [InlineData("GET / HTTP/1.0\n\n", "x: y", "HTTP/1.1 200 OK\nx: y\nconnection: close\n\nhello")]
    public void Trailers_of_an_answer_that_is_not_in_chunks_are_dropped(string request, string field, string answer)
    {
        using var peer = Http1Peer.OfServer();
        peer.Send(request);
        Http1Peer.Head(peer.Stream, "200", field);
        Http1Peer.Write(peer.Stream, "hello");
        peer.Stream.WriteTrailers(ScriptedPeer.List("grpc-status: 0"));
        peer.Turn();
        peer.Reads(answer);
    }

    [Theory]
    [InlineData("HEAD", "200", "HTTP/1.1 200 OK\ncontent-length: 5\n\n")]
    [InlineData("GET", "204", "HTTP/1.1 204 No Content\n\n")]
    [InlineData("GET", "304", "HTTP/1.1 304 Not Modified\ncontent-length: 5\n\n")]
    public void What_has_no_body_gets_none_whatever_the_handler_writes(string method, string status, string answer)
    {
        using var peer = Http1Peer.OfServer();
        for (var i = 1; i < 4; i++)
        {
            peer.Send($"{method} / HTTP/1.1\nhost: a\n\n");
            Http1Peer.Answer(peer.App[i], status, "hello");
            peer.Turn();
            peer.Reads(answer).GoesOn();
        }
    }

    [Theory]
    [InlineData("HTTP/1.1", "HTTP/1.1 200 OK\ntransfer-encoding: chunked\n\n")]
    [InlineData("HTTP/1.0", "HTTP/1.1 200 OK\nconnection: close\n\n")]
    public void A_head_alone_may_be_all_there_is_to_an_answer_to_head(string version, string get)
    {
        using var peer = Http1Peer.OfServer();
        peer.Send($"HEAD / {version}\nhost: a\nconnection: keep-alive\n\n");
        Http1Peer.Head(peer.Stream, "200");
        Http1Peer.Write(peer.Stream, "hello", end: true);
        peer.Turn();
        Assert.DoesNotContain("hello", peer.Take(), StringComparison.Ordinal);
        peer.GoesOn();
        peer.Send($"GET / {version}\nhost: a\n\n");
        Http1Peer.Head(peer.App[2], "200");
        peer.Turn();
        peer.Reads(get);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void An_answer_that_is_shorter_than_promised_is_cut_off_and_its_handler_told(bool withTrailers)
    {
        using var peer = Http1Peer.OfServer();
        peer.Send("GET / HTTP/1.1\nhost: a\n\n");
        Http1Peer.Head(peer.Stream, "200", "content-length: 10");
        if (withTrailers)
        {
            Http1Peer.Write(peer.Stream, "hello");
            peer.Stream.WriteTrailers(ScriptedPeer.List("a: b"));
        }
        else
        {
            Http1Peer.Write(peer.Stream, "hello", end: true);
        }

        peer.Turn();
        peer.IsCut().Told("request 1 GET / end", "reset 1 INTERNAL_ERROR ConnectionClosed");
    }

    [Fact]
    public void No_more_is_sent_than_promised()
    {
        using var peer = Http1Peer.OfServer();
        peer.Send("GET / HTTP/1.1\nhost: a\n\n");
        Http1Peer.Head(peer.Stream, "200", "content-length: 5");
        Http1Peer.Write(peer.Stream, "hel");
        Http1Peer.Write(peer.Stream, "lo, HTTP/1.1 200 OK");
        Http1Peer.Write(peer.Stream, "!", end: true);
        peer.Turn();
        peer.Reads("HTTP/1.1 200 OK\ncontent-length: 5\n\nhello").GoesOn();
    }

    [Theory]
    [InlineData("GET / HTTP/1.1\nhost: a\n\n", "content-length: 10")]
    [InlineData("GET / HTTP/1.1\nhost: a\n\n", "x: y")]
    [InlineData("GET / HTTP/1.0\n\n", "x: y")]
    public void An_answer_that_its_handler_gives_up_is_cut_off(string request, string field)
    {
        using var peer = Http1Peer.OfServer();
        peer.Send(request);
        Http1Peer.Head(peer.Stream, "200", field);
        Http1Peer.Write(peer.Stream, "hello");
        peer.Turn();
        peer.Stream.Reset(Wire.Http2.Frames.ErrorCode.InternalError);
        peer.Turn();
        peer.IsCut().Told("request 1 GET / end");
    }

    [Theory]
    [InlineData("HEAD", "200")]
    [InlineData("GET", "204")]
    [InlineData("GET", "304")]
    public void An_answer_that_is_whole_with_its_head_is_not_cut_off_by_a_handler_that_gives_up_its_body(string method, string status)
    {
        using var peer = Http1Peer.OfServer();
        peer.Send($"{method} / HTTP/1.1\nhost: a\n\n");
        Http1Peer.Head(peer.Stream, status);
        Http1Peer.Write(peer.Stream, "hel");
        peer.Stream.Reset(Wire.Http2.Frames.ErrorCode.InternalError);
        peer.Turn();
        Assert.StartsWith($"HTTP/1.1 {status} ", peer.Take(), StringComparison.Ordinal);
        peer.GoesOn();
    }

    [Fact]
    public void A_request_that_its_handler_does_not_answer_is_cut_off()
    {
        using var peer = Http1Peer.OfServer();
        peer.App.OnRequestDo = stream => stream.Reset(Wire.Http2.Frames.ErrorCode.Cancel);
        peer.Send("GET /a HTTP/1.1\nhost: a\n\nGET /b HTTP/1.1\nhost: a\n\n");
        peer.Reads("").IsCut().Told("request 1 GET /a end");
    }

    [Fact]
    public void A_request_that_waited_is_cut_off_with_the_one_that_its_handler_gives_up()
    {
        using var peer = Http1Peer.OfServer();
        peer.Send("GET /a HTTP/1.1\nhost: a\n\nGET /b HTTP/1.1\nhost: a\n\nGET /c HTTP/1.1\nhost: a\n\n");
        peer.App.OnRequestDo = stream => stream.Reset(Wire.Http2.Frames.ErrorCode.Cancel);
        Http1Peer.Answer(peer.Stream, "200", "1");
        peer.Turn();
        peer.IsCut().Told("request 1 GET /a end", "request 2 GET /b end");
    }

    [Fact]
    public void The_body_of_a_request_is_told_in_pieces_and_its_trailers_last()
    {
        using var peer = Http1Peer.OfServer(drips: true);
        peer.Send("POST / HTTP/1.1\nhost: a\ntransfer-encoding: chunked\n\n5;a=b\nhello\n6\n there\n0\nx-sum: 7\n\n");
        peer.Told("request 1 POST /", "data 1 hello there", "trailers 1 x-sum=7");
    }

    [Theory]
    [InlineData("5\nhello\nx")]
    [InlineData("5\nhellox")]
    [InlineData("\n")]
    [InlineData("-1\n")]
    [InlineData("5\nhello\n0\ncontent-length: 3\n\n")]
    public void A_fault_in_the_body_before_the_answer_is_one_and_the_end(string chunks)
    {
        using var peer = Http1Peer.OfServer();
        peer.Send("POST / HTTP/1.1\nhost: a\ntransfer-encoding: chunked\n\n" + chunks);
        Assert.Equal("reset 1 PROTOCOL_ERROR Violation", peer.App.Take()[^1]);
        Assert.Equal(1, peer.Violations[Wire.Streams.ProtocolViolation.MalformedMessage]);
        peer.Refuses(400);
    }

    [Fact]
    public void A_fault_in_the_body_while_the_answer_is_under_way_cuts_it_off()
    {
        using var peer = Http1Peer.OfServer();
        peer.Send("POST / HTTP/1.1\nhost: a\ntransfer-encoding: chunked\n\n5\nhello\n");
        Http1Peer.Head(peer.Stream, "200");
        peer.Turn();
        peer.Send("oops\n").IsCut().Told("request 1 POST /", "data 1 hello", "reset 1 PROTOCOL_ERROR Violation");
    }

    [Fact]
    public void Chunks_that_are_a_single_byte_each_are_as_good_as_any()
    {
        using var peer = Http1Peer.OfEcho();
        peer.Send("POST / HTTP/1.1\nhost: a\ntransfer-encoding: chunked\n\n" + string.Concat(Enumerable.Repeat("1\nx\n", 30_000)) + "0\n\n");
        Assert.Equal(30_000, peer.App.DataBytes);
        peer.Reads("HTTP/1.1 200 OK\ncontent-length: 3\n\nok1").GoesOn();
    }
}
