using Mesh.Wire.Streams;

namespace Mesh.Conformance.Http1;

/// <summary>
/// RFC 9112 sections 2 to 7: what a server says to what is no request, and that nothing behind it is read as one. Which inputs are none is
/// the readers' to decide; a few of each kind are here.
/// </summary>
public sealed class Rfc9112_2_FaultTests
{
    [Theory]
    [InlineData("GET / HTTP/1.1\n\n", 400)]
    [InlineData("GET / HTTP/1.1\nhost: a\nhost: a\n\n", 400)]
    [InlineData("GET  / HTTP/1.1\nhost: a\n\n", 400)]
    [InlineData("GET / HTTP/1.1\nhost : a\n\n", 400)]
    [InlineData("GET / HTTP/1.1\nhost: a\n folded\n\n", 400)]
    [InlineData("GET / HTTP/1.1\nhost: a:65536x\n\n", 400)]
    [InlineData("POST / HTTP/1.1\nhost: a\ncontent-length: -0\n\nGET /smuggled HTTP/1.1\nhost: a\n\n", 400)]
    [InlineData("POST / HTTP/1.1\nhost: a\ncontent-length: +5\n\nhello", 400)]
    [InlineData("POST / HTTP/1.1\nhost: a\ncontent-length: 5\ncontent-length: 6\n\nhello", 400)]
    [InlineData("POST / HTTP/1.1\nhost: a\ncontent-length: 5\ntransfer-encoding: chunked\n\n0\n\n", 400)]
    [InlineData("POST / HTTP/1.1\nhost: a\ntransfer-encoding: chunked, chunked\n\n0\n\n", 400)]
    [InlineData("POST / HTTP/1.1\nhost: a\ntransfer-encoding: gzip, chunked\n\n0\n\n", 501)]
    [InlineData("GET / HTTP/2.0\nhost: a\n\n", 505)]
    [InlineData("\u0016\u0003\u0001\0\n", 400)]
    public void What_is_no_request_is_answered_and_the_connection_ends(string request, int status)
    {
        using var peer = Http1Peer.OfEcho();
        peer.Send(request).Told();
        Assert.Equal(1, peer.Violations[ProtocolViolation.MalformedMessage]);
        peer.Refuses(status);
    }

    [Fact]
    public void What_names_no_version_of_HTTP_gets_no_answer_and_the_connection_ends()
    {
        using var peer = Http1Peer.OfEcho();
        peer.Send("INVALID CONNECTION PREFACE\n\n").Told();
        Assert.Equal(1, peer.Violations[ProtocolViolation.MalformedMessage]);
        Assert.Equal("", peer.Take());
        peer.Closes();
    }

    [Theory]
    [InlineData("GET /{0} HTTP/1.1\nhost: a\n\n", 414)]
    [InlineData("GET /{0}", 414)]
    [InlineData("GET / HTTP/1.1\nhost: a\nx: {0}\n\n", 431)]
    [InlineData("GET / HTTP/1.1\nhost: a\nx: {0}", 431)]
    public void What_is_too_large_is_answered_before_it_is_whole(string request, int status)
    {
        using var peer = Http1Peer.OfEcho();
        peer.Send(string.Format(System.Globalization.CultureInfo.InvariantCulture, request, new string('x', 70_000))).Told();
        Assert.Equal(1, peer.Violations[ProtocolViolation.HeadersTooLarge]);
        peer.Refuses(status);
    }

    [Fact]
    public void A_fault_behind_a_request_is_answered_behind_its_answer()
    {
        using var peer = Http1Peer.OfServer();
        peer.Send("GET /a HTTP/1.1\nhost: a\n\nGET /b\n\n");
        Http1Peer.Answer(peer.Stream, "200", "1");
        peer.Turn();
        var answers = peer.Take();
        Assert.StartsWith("HTTP/1.1 200 OK\r\ncontent-length: 1\r\n\r\n1HTTP/1.1 400 Bad Request\r\n", answers, StringComparison.Ordinal);
        peer.Told("request 1 GET /a end").Closes();
    }

    [Fact]
    public void The_answer_to_a_fault_is_not_lost_to_a_peer_that_goes_on_sending()
    {
        using var peer = Http1Peer.OfEcho();
        peer.Send("oops\n").Send(new byte[1_000_000]);
        Assert.False(peer.Channel.IsClosed);
        peer.Refuses(400);
        peer.End();
        Assert.True(peer.Channel.IsClosed);
    }

    [Fact]
    public void An_answer_to_head_has_no_body_even_if_it_is_about_a_fault()
    {
        using var peer = Http1Peer.OfServer();
        peer.Send("HEAD / HTTP/1.1\nhost: a\ntransfer-encoding: chunked\n\noops\n");
        var answer = peer.Take();
        Assert.StartsWith("HTTP/1.1 400 ", answer, StringComparison.Ordinal);
        Assert.EndsWith("\r\n\r\n", answer, StringComparison.Ordinal);
        peer.Closes();
    }
}
