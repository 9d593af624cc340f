using Mesh.Wire.Http1;

namespace Mesh.Wire.Tests.Http1;

/// <summary>RFC 9112 sections 4 and 6.3: the heads of responses, and where a response ends.</summary>
public sealed class Rfc9112_4_ResponsesTests
{
    private static readonly ResponseTo Get = new();
    private static readonly ResponseTo Head = new(IsHead: true);
    private static readonly ResponseTo Connect = new(IsConnect: true);
    private static readonly ResponseTo Upgrade = new(Upgrades: true);

    [Theory]
    [InlineData("HTTP/1.1 200 OK", "200", 1)]
    [InlineData("HTTP/1.1 200 ", "200", 1)]
    [InlineData("HTTP/1.1 200", "200", 1)]
    [InlineData("HTTP/1.1 200  a\tb: c \u00fc", "200", 1)]
    [InlineData("HTTP/1.0 404 Not Found", "404", 0)]
    [InlineData("HTTP/1.2 599 x", "599", 1)]
    [InlineData("HTTP/1.1 999 x", "999", 1)]
    public void A_status_is_told_and_a_reason_is_not(string line, string status, int minor) =>
        Assert.Equal(
            [$":status: {status}", "content-length: 0", minor == 1 ? "1.1 keeps 0" : "1.0 closes 0"],
            Conversation.OfServer($"{line}\r\nContent-Length: 0\r\n\r\n"));

    [Theory]
    [InlineData("HTTP/1.1 000 x")]
    [InlineData("HTTP/1.1 099 x")]
    [InlineData("HTTP/1.1 20 x")]
    [InlineData("HTTP/1.1 2000 x")]
    [InlineData("HTTP/1.1 20x x")]
    [InlineData("HTTP/1.1 +20 x")]
    [InlineData("HTTP/1.1 -20 x")]
    [InlineData("HTTP/1.1  200 x")]
    [InlineData("HTTP/1.1\t200 x")]
    [InlineData("HTTP/1.1 200\tx")]
    [InlineData("HTTP/1.1 200x")]
    [InlineData("HTTP/1.1")]
    [InlineData("HTTP/1.1 ")]
    [InlineData(" HTTP/1.1 200 OK")]
    [InlineData("http/1.1 200 OK")]
    [InlineData("HTTP/11 200 OK")]
    [InlineData("ICY 200 OK")]
    [InlineData("220 smtp.example ready")]
    public void Anything_else_is_a_fault(string line) =>
        Assert.Equal(["400 the status line is not HTTP/1.1, space, three digits, space, reason"], Conversation.OfServer($"{line}\r\n\r\n"));

    [Theory]
    [InlineData("\r\nHTTP/1.1 200 OK\r\n\r\n")]
    [InlineData("HTTP/1.1 200 OK\n\r\n")]
    [InlineData("HTTP/1.1 200 O\rK\r\n\r\n")]
    [InlineData("HTTP/1.1 200 O\0K\r\n\r\n")]
    [InlineData("HTTP/2.0 200 OK\r\n\r\n")]
    [InlineData("HTTP/1.1 200 OK\r\nX: a\r\n b\r\n\r\n")]
    [InlineData("HTTP/1.1 200 OK\r\nX : a\r\n\r\n")]
    [InlineData("HTTP/1.1 200 OK\r\nSet Cookie: a\r\n\r\n")]
    [InlineData("HTTP/1.1 200 OK\r\n\u00fc: a\r\n\r\n")]
    [InlineData("HTTP/1.1 200 OK\r\nX: a\nY: b\r\n\r\n")]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: -0\r\n\r\n")]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\n")]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n")]
    [InlineData("HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\n")]
    [InlineData("HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n")]
    [InlineData("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked, chunked\r\n\r\n")]
    [InlineData("HTTP/1.1 200 OK\r\nTransfer-Encoding: identity\r\n\r\n")]
    public void What_would_be_refused_of_a_client_is_a_fault_of_a_server(string said) =>
        Assert.Matches("^[45]", Assert.Single(Conversation.OfServer(said)));

    [Fact]
    public void A_length_chunks_or_the_end_of_the_connection_end_a_body()
    {
        Assert.Equal([":status: 200", "content-length: 3", "1.1 keeps 3", "body: abc"], Conversation.OfServer("HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabc"));
        Assert.Equal([":status: 200", "content-length: 3", "1.1 keeps 3", "body cut short: ab"], Conversation.OfServer("HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nab"));
        Assert.Equal([":status: 200", "1.1 keeps chunked", "body: abc"], Conversation.OfServer("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n"));
        Assert.Equal([":status: 200", "1.1 keeps chunked", "body cut short: abc"], Conversation.OfServer("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n"));
        Assert.Equal([":status: 200", "1.1 closes to-the-end", "body to the end: abc\r\n"], Conversation.OfServer("HTTP/1.1 200 OK\r\n\r\nabc\r\n"));
        Assert.Equal([":status: 200", "1.0 closes to-the-end", "body to the end: abc\r\n"], Conversation.OfServer("HTTP/1.0 200 OK\r\nConnection: keep-alive\r\n\r\nabc\r\n"));
    }

    [Theory]
    [InlineData("200", "Content-Length: 1000\r\n", "content-length: 1000")]
    [InlineData("200", "Transfer-Encoding: chunked\r\n", null)]
    [InlineData("200", "", null)]
    [InlineData("404", "Content-Length: 1000\r\n", "content-length: 1000")]
    public void The_answer_to_HEAD_has_no_body_whatever_it_says(string status, string lines, string? told) =>
        Assert.Equal(
            [$":status: {status}", .. told is null ? Array.Empty<string>() : [told], "1.1 keeps", ":status: 201", "content-length: 0", "1.1 keeps 0"],
            Conversation.OfServer($"HTTP/1.1 {status} x\r\n{lines}\r\nHTTP/1.1 201 x\r\nContent-Length: 0\r\n\r\n", Head, Get));

    [Fact]
    public void A_304_has_no_body_and_may_tell_a_length() =>
        Assert.Equal(
            [":status: 304", "content-length: 9", "1.1 keeps", ":status: 304", "1.1 keeps", ":status: 304", "1.1 keeps"],
            Conversation.OfServer("HTTP/1.1 304 x\r\nContent-Length: 9\r\n\r\nHTTP/1.1 304 x\r\nTransfer-Encoding: chunked\r\n\r\nHTTP/1.1 304 x\r\n\r\n"));

    [Theory]
    [InlineData("", "1.1 keeps")]
    [InlineData("Content-Length: 0\r\n", "1.1 keeps")]
    [InlineData("Content-Length: 5\r\n", "1.1 closes")] // it may well send them
    [InlineData("Transfer-Encoding: chunked\r\n", "1.1 closes")]
    public void A_204_has_no_body_and_tells_no_length(string lines, string facts) =>
        Assert.Equal([":status: 204", facts], Conversation.OfServer($"HTTP/1.1 204 No Content\r\n{lines}\r\n"));

    [Fact]
    public void Interim_responses_come_before_the_final_one() =>
        Assert.Equal(
            [
                ":status: 100", "1.1 keeps", ":status: 103", "link: </a>", "1.1 keeps", ":status: 103", "1.1 keeps", ":status: 102", "1.1 keeps",
                ":status: 200", "content-length: 2", "1.1 keeps 2", "body: ab",
            ],
            Conversation.OfServer(
                "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 103 x\r\n\r\nHTTP/1.1 102 x\r\nContent-Length: 0\r\n\r\n"
                + "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nab",
                Get));

    [Fact]
    public void A_101_that_was_asked_for_begins_a_tunnel() =>
        Assert.Equal(
            [":status: 101", "upgrade: websocket", "sec-websocket-accept: x", "1.1 closes upgrades", "tunnel \u0081\r\n\0"],
            Conversation.OfServer("HTTP/1.1 101 x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: x\r\n\r\n\u0081\r\n\0", Upgrade));

    [Theory]
    [InlineData(false, "HTTP/1.1 101 x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n")]
    [InlineData(true, "HTTP/1.1 101 x\r\nUpgrade: websocket\r\n\r\n")]
    [InlineData(true, "HTTP/1.0 101 x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n")]
    [InlineData(true, "HTTP/1.1 101 x\r\nConnection: Upgrade\r\n\r\n")]
    public void A_101_that_nobody_asked_for_or_that_names_nothing_is_a_fault(bool isAsked, string said) =>
        Assert.Equal(["400 the protocol is changed, and nobody has asked for it"], Conversation.OfServer(said, isAsked ? Upgrade : Get));

    [Fact]
    public void Another_status_than_101_refuses_the_upgrade_and_upgrade_is_taken_off() =>
        Assert.Equal(
            [":status: 426", "content-length: 0", "1.1 keeps 0"],
            Conversation.OfServer("HTTP/1.1 426 x\r\nUpgrade: h2c\r\nConnection: upgrade\r\nContent-Length: 0\r\n\r\n", Upgrade));

    [Theory]
    [InlineData("")]
    [InlineData("Content-Length: 3\r\n")]
    [InlineData("Transfer-Encoding: chunked\r\n")]
    public void A_2xx_to_CONNECT_begins_a_tunnel(string lines) =>
        Assert.Equal(["tunnel abc"], Conversation.OfServer($"HTTP/1.1 200 OK\r\n{lines}\r\nabc", Connect)[2..]);

    [Fact]
    public void Another_answer_to_CONNECT_is_one_as_any_other() =>
        Assert.Equal(
            [":status: 407", "content-length: 3", "1.1 keeps 3", "body: abc"],
            Conversation.OfServer("HTTP/1.1 407 x\r\nContent-Length: 3\r\n\r\nabc", Connect));
}
