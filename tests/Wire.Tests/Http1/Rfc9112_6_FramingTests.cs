namespace Mesh.Wire.Tests.Http1;

/// <summary>RFC 9112 section 6: where a request ends. Two readers that disagree about it are what request smuggling lives on.</summary>
public sealed class Rfc9112_6_FramingTests
{
    private const string Smuggled = "GET /smuggled HTTP/1.1\r\nHost: a\r\n\r\n";

    [Theory]
    [InlineData("Content-Length: 5\r\n", "content-length: 5")]
    [InlineData("Content-Length: 5\r\nContent-Length: 5\r\n", "content-length: 5")] // section 6.3, rule 5: equal ones count as one
    [InlineData("Content-Length: 5, 5\r\n", "content-length: 5")]
    [InlineData("Content-Length: 5,5\r\ncontent-length: 5\r\n", "content-length: 5")]
    [InlineData("Content-Length: \t5\t \r\n", "content-length: 5")]
    [InlineData("Content-Length: 05\r\n", "content-length: 5")]
    [InlineData("Content-Length: 5\r\nContent-Length: 005\r\n", "content-length: 5")]
    public void A_length_says_where_the_body_ends_and_is_passed_on_as_one_number(string lines, string passed)
    {
        Assert.Equal([passed, "1.1 keeps 5", "body: abcde"], Post(lines, "abcde"));
        Assert.Equal([passed, "1.1 keeps 5", "body cut short: ab"], Post(lines, "ab"));
    }

    [Fact]
    public void Without_a_length_there_is_no_body()
    {
        Assert.Equal(["1.1 keeps"], Post("", ""));
        Assert.Equal(["content-length: 0", "1.1 keeps 0"], Post("Content-Length: 0\r\n", ""));
        Assert.Equal(["1.1 keeps", "400 the request line is not METHOD, space, target, space, HTTP/1.1"], Post("", "abcde\r\n"));
    }

    [Theory]
    [InlineData("-0")]
    [InlineData("+5")]
    [InlineData("-5")]
    [InlineData("5 5")]
    [InlineData("5;5")]
    [InlineData("5,6")]
    [InlineData("5,")]
    [InlineData(",5")]
    [InlineData("5, ,5")]
    [InlineData("5,-5")]
    [InlineData("0x5")]
    [InlineData("5.0")]
    [InlineData("5e0")]
    [InlineData("5a")]
    [InlineData("\"5\"")]
    [InlineData("")]
    [InlineData("9223372036854775808")] // 2^63
    [InlineData("18446744073709551621")] // 2^64 + 5
    [InlineData("00000000000000000000000000000018446744073709551621")]
    [InlineData("5\r\nContent-Length: 6")]
    [InlineData("6\r\nX: y\r\nContent-Length: 5")]
    [InlineData("\u0665")]
    public void A_length_that_is_no_number_or_says_two_is_refused(string length) =>
        Assert.Equal(["400 the content length is not a number, or there are several"], Post($"Content-Length: {length}\r\n", Smuggled));

    [Fact]
    public void The_largest_length_is_2_to_the_63_less_1() =>
        Assert.Equal(
            ["content-length: 9223372036854775807", "1.1 keeps 9223372036854775807", "body cut short: abc"],
            Post("Content-Length: 9223372036854775807\r\n", "abc"));

    [Theory]
    [InlineData("Transfer-Encoding: chunked\r\n")]
    [InlineData("transfer-encoding:\tCHUNKED \r\n")]
    public void Chunked_is_taken_off_and_says_that_the_body_says_where_it_ends(string lines) =>
        Assert.Equal(
            ["1.1 keeps chunked", "body: abc", ":method: GET", ":scheme: http", ":authority: a", ":path: /next", "1.1 keeps"],
            Post(lines, "3\r\nabc\r\n0\r\n\r\nGET /next HTTP/1.1\r\nHost: a\r\n\r\n"));

    [Theory]
    [InlineData("Content-Length: 5\r\nTransfer-Encoding: chunked\r\n")]
    [InlineData("Transfer-Encoding: chunked\r\nContent-Length: 5\r\n")]
    [InlineData("Transfer-Encoding: chunked\r\nContent-Length: 0\r\n")]
    [InlineData("Transfer-Encoding: gzip\r\nContent-Length: 5\r\n")]
    [InlineData("Transfer-Encoding:\r\nContent-Length: 5\r\n")]
    public void A_length_and_a_coding_at_once_are_refused(string lines) =>
        Assert.Equal(["400 there are a content length and a transfer coding"], Post(lines, $"0\r\n\r\n{Smuggled}"));

    [Theory]
    [InlineData("gzip")]
    [InlineData("identity")]
    [InlineData("xchunked")]
    [InlineData("chunkedx")]
    [InlineData("x chunked")]
    [InlineData("chunked, gzip")]
    [InlineData("chunked, identity")]
    [InlineData("chunked, chunked")]
    [InlineData("chunked\r\nTransfer-Encoding: chunked")]
    [InlineData("chunked\r\nTransfer-Encoding: gzip")]
    [InlineData("chunked\r\nTransfer-Encoding: identity")]
    [InlineData("chunked\r\nTransfer-Encoding:")]
    [InlineData("chunked;q=1")]
    [InlineData("\"chunked\"")]
    [InlineData("'chunked'")]
    [InlineData("chunked,")]
    [InlineData(",chunked")]
    [InlineData("gzip,,chunked")]
    [InlineData("\u000bchunked")]
    [InlineData("chunked\u000b")]
    [InlineData("\u00a0chunked")]
    [InlineData("chunked\u0001")]
    [InlineData("ch\u00fcnked")]
    [InlineData("")]
    public void A_coding_whose_end_nobody_can_tell_is_refused(string coding) =>
        Assert.Equal(
            ["400 the last transfer coding is not chunked, or chunked comes twice"],
            Post($"Transfer-Encoding: {coding}\r\n", $"0\r\n\r\n{Smuggled}"));

    [Theory]
    [InlineData("gzip, chunked")]
    [InlineData("identity, chunked")]
    [InlineData("gzip\r\nTransfer-Encoding: chunked")]
    [InlineData("deflate;q=1, chunked")]
    public void A_coding_that_we_cannot_undo_is_refused_as_that(string coding) =>
        Assert.Equal(["501 there is a transfer coding other than chunked"], Post($"Transfer-Encoding: {coding}\r\n", $"0\r\n\r\n{Smuggled}"));

    [Theory]
    [InlineData("Transfer_Encoding: chunked\r\n", "transfer_encoding: chunked")]
    [InlineData("X-Transfer-Encoding: chunked\r\n", "x-transfer-encoding: chunked")]
    [InlineData("Content_Length: 5\r\n", "content_length: 5")]
    public void A_name_that_looks_like_one_that_frames_does_not_frame(string lines, string passed) =>
        Assert.Equal(
            [passed, "1.1 keeps", ":method: GET", ":scheme: http", ":authority: a", ":path: /smuggled", "1.1 keeps"],
            Post(lines, Smuggled));

    [Theory]
    [InlineData("")]
    [InlineData("Connection: keep-alive\r\n")]
    public void Chunks_in_HTTP_1_0_are_read_and_nothing_after_them(string lines) =>
        // Section 6.1: what follows may have been meant as this message's.
        Assert.Equal(
            [":method: POST", ":scheme: http", ":authority: a", ":path: /", "1.0 closes chunked", "body: abc"],
            Conversation.OfClient($"POST / HTTP/1.0\r\nHost: a\r\n{lines}Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n"));

    [Theory]
    [InlineData("Content-Length: 5\r\n")]
    [InlineData("Transfer-Encoding: chunked\r\n")]
    public void A_CONNECT_with_a_body_is_refused(string lines) =>
        Assert.Equal(["400 a CONNECT has a body"], Conversation.OfClient($"CONNECT a:1 HTTP/1.1\r\nHost: a:1\r\n{lines}\r\n"));

    [Fact]
    public void What_follows_a_CONNECT_is_the_tunnels() =>
        Assert.Equal(
            [":method: CONNECT", ":authority: a:1", "1.1 keeps", "tunnel \0\r\nabc"],
            Conversation.OfClient("CONNECT a:1 HTTP/1.1\r\nHost: a:1\r\n\r\n\0\r\nabc"));

    private static string[] Post(string lines, string body)
    {
        var told = Conversation.OfClient($"POST / HTTP/1.1\r\nHost: a\r\n{lines}\r\n{body}");
        return told[0].StartsWith(':') ? told[4..] : told;
    }
}
