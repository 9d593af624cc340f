namespace Mesh.Wire.Tests.Http1;

/// <summary>RFC 9112 sections 2.2 to 3.2: what a request begins with.</summary>
public sealed class Rfc9112_3_RequestLineTests
{
    [Theory]
    [InlineData("GET")]
    [InlineData("get")]
    [InlineData("Post")]
    [InlineData("1ST")]
    [InlineData("HEAD")]
    [InlineData("!#$%&'*+-.^_`|~x")]
    public void A_method_is_a_token_and_passed_as_it_is(string method) =>
        Assert.Equal(
            [$":method: {method}", ":scheme: http", ":authority: a", ":path: /", "1.1 keeps"],
            Conversation.OfClient($"{method} / HTTP/1.1\r\nHost: a\r\n\r\n"));

    [Theory]
    [InlineData("GET / HTTP/1.1", ":scheme: http", ":authority: b", ":path: /")]
    [InlineData("GET /p?q=1&r=%20#f HTTP/1.1", ":scheme: http", ":authority: b", ":path: /p?q=1&r=%20#f")]
    [InlineData("GET //c/d HTTP/1.1", ":scheme: http", ":authority: b", ":path: //c/d")]
    [InlineData("GET /J\u00fcrgen HTTP/1.1", ":scheme: http", ":authority: b", ":path: /J\u00fcrgen")]
    [InlineData("GET http://a/p HTTP/1.1", ":scheme: http", ":authority: a", ":path: /p")]
    [InlineData("GET HTTP://a:80/p?q HTTP/1.1", ":scheme: http", ":authority: a:80", ":path: /p?q")]
    [InlineData("GET http://a HTTP/1.1", ":scheme: http", ":authority: a", ":path: /")]
    [InlineData("GET http://a?q=1 HTTP/1.1", ":scheme: http", ":authority: a", ":path: /?q=1")]
    [InlineData("GET http://[::1]:8080/ HTTP/1.1", ":scheme: http", ":authority: [::1]:8080", ":path: /")]
    [InlineData("OPTIONS * HTTP/1.1", ":scheme: http", ":authority: b", ":path: *")]
    [InlineData("OPTIONS http://a HTTP/1.1", ":scheme: http", ":authority: a", ":path: *")]
    [InlineData("OPTIONS http://a/ HTTP/1.1", ":scheme: http", ":authority: a", ":path: /")]
    [InlineData("CONNECT a:443 HTTP/1.1", ":authority: a:443")]
    [InlineData("CONNECT [::1]:443 HTTP/1.1", ":authority: [::1]:443")]
    public void Each_form_of_a_target_becomes_what_HTTP2_has_for_it(string line, params string[] pseudo) =>
        Assert.Equal(
            [$":method: {line[..line.IndexOf(' ')]}", .. pseudo, "x: y", "1.1 keeps"],
            Conversation.OfClient($"{line}\r\nHost: b\r\nX: y\r\n\r\n").Where(told => told != "tunnel "));

    [Theory]
    [InlineData("GET /")] // HTTP/0.9
    [InlineData("GET")]
    [InlineData("GET  HTTP/1.1")]
    [InlineData("GET /  HTTP/1.1")]
    [InlineData("GET  / HTTP/1.1")]
    [InlineData(" GET / HTTP/1.1")]
    [InlineData("\tGET / HTTP/1.1")]
    [InlineData("GET / HTTP/1.1 ")]
    [InlineData("GET\t/ HTTP/1.1")]
    [InlineData("GET /\tHTTP/1.1")]
    [InlineData("GET /a b HTTP/1.1")]
    [InlineData("GET / http/1.1")]
    [InlineData("GET / Http/1.1")]
    [InlineData("GET / HTTP/1.10")]
    [InlineData("GET / HTTP/1.")]
    [InlineData("GET / HTTP/1,1")]
    [InlineData("GET / HTTP/11")]
    [InlineData("GET / HTTP/+1.1")]
    [InlineData("GET / HTTPS/1.1")]
    [InlineData(" / HTTP/1.1")]
    [InlineData("G@T / HTTP/1.1")]
    [InlineData("GET: / HTTP/1.1")]
    [InlineData("G\u00cbT / HTTP/1.1")]
    [InlineData("GET a HTTP/1.1")]
    [InlineData("GET * HTTP/1.1")]
    [InlineData("OPTIONS *a HTTP/1.1")]
    [InlineData("GET /a\u0001 HTTP/1.1")]
    [InlineData("GET /a\u001fb HTTP/1.1")]
    [InlineData("GET /a\u007f HTTP/1.1")]
    [InlineData("GET /a\u000bb HTTP/1.1")]
    [InlineData("GET a:80 HTTP/1.1")]
    [InlineData("GET ftp://a/ HTTP/1.1")]
    [InlineData("GET http:///p HTTP/1.1")]
    [InlineData("GET http://user@a/ HTTP/1.1")]
    [InlineData("GET http://a:65536/ HTTP/1.1")]
    [InlineData("GET http://a#f HTTP/1.1")]
    [InlineData("CONNECT a HTTP/1.1")]
    [InlineData("CONNECT a: HTTP/1.1")]
    [InlineData("CONNECT [::1] HTTP/1.1")]
    [InlineData("CONNECT /p HTTP/1.1")]
    [InlineData("CONNECT http://a:443/ HTTP/1.1")]
    [InlineData("CONNECT user@a:443 HTTP/1.1")]
    [InlineData("CONNECT a:99999 HTTP/1.1")]
    public void Anything_else_is_refused(string line) =>
        Assert.StartsWith("400 ", Assert.Single(Conversation.OfClient($"{line}\r\nHost: a\r\n\r\nGET /x HTTP/1.1\r\nHost: a\r\n\r\n")), StringComparison.Ordinal);

    [Theory]
    [InlineData("HTTP/2.0")]
    [InlineData("HTTP/0.9")]
    [InlineData("HTTP/3.1")]
    public void Another_version_is_refused_as_that(string version) =>
        Assert.Equal(["505 the version is not HTTP/1.0 or HTTP/1.1"], Conversation.OfClient($"GET / {version}\r\nHost: a\r\n\r\n"));

    [Theory]
    [InlineData("HTTP/1.0", "1.0 closes")]
    [InlineData("HTTP/1.1", "1.1 keeps")]
    [InlineData("HTTP/1.2", "1.1 keeps")]
    [InlineData("HTTP/1.9", "1.1 keeps")]
    public void A_minor_version_above_1_is_read_as_1(string version, string facts) =>
        Assert.Equal(facts, Conversation.OfClient($"GET / {version}\r\nHost: a\r\n\r\n")[^1]);

    [Fact]
    public void A_target_of_another_scheme_is_misdirected() =>
        Assert.StartsWith("421 ", Assert.Single(Conversation.OfClient("GET https://a/ HTTP/1.1\r\nHost: a\r\n\r\n")), StringComparison.Ordinal);

    [Fact]
    public void Empty_lines_before_a_request_are_passed_over()
    {
        string[] head = [":method: GET", ":scheme: http", ":authority: a", ":path: /", "1.1 keeps"];
        Assert.Equal([.. head, .. head], Conversation.OfClient("\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n\r\n"));
        Assert.StartsWith("400 ", Assert.Single(Conversation.OfClient(string.Concat(Enumerable.Repeat("\r\n", 20)))), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("\nGET / HTTP/1.1\r\nHost: a\r\n\r\n")]
    [InlineData("\rGET / HTTP/1.1\r\nHost: a\r\n\r\n")]
    [InlineData("GET / HTTP/1.1\nHost: a\r\n\r\n")]
    [InlineData("GET / HTTP/1.1\rHost: a\r\n\r\n")]
    [InlineData("GET / HTTP/1.1\r\r\nHost: a\r\n\r\n")]
    [InlineData("GET / HTTP/1.1\r\nHost: a\n\r\n")]
    [InlineData("GET / HTTP/1.1\r\nHost: a\r\n\n")]
    [InlineData("GET / HTTP/1.1\r\nHost: a\r\n\r\r\n")]
    [InlineData("GET / HTTP/1.1\r\nHost: a\r\n\rGET")]
    [InlineData("GET / HTTP/1.1\r\nHost: a\r\nX: a\rb\r\n\r\n")]
    [InlineData("GET / HTTP/1.1\r\nHost: a\r\nX: a\nb: c\r\n\r\n")]
    [InlineData("GET / HTTP/1.1\r\nHost: a\r\nX: a\0b\r\n\r\n")]
    [InlineData("GET /\0 HTTP/1.1\r\nHost: a\r\n\r\n")]
    [InlineData("GET / HTTP/1.1\n\n")]
    [InlineData("\0")]
    public void Only_CR_LF_ends_a_line_and_a_bare_one_or_a_NUL_is_refused(string said) =>
        Assert.Equal(
            ["400 a line of the head does not end with CR LF, or has a NUL, a CR or an LF in it"],
            Conversation.OfClient(said));

    [Fact]
    public void Pipelined_requests_are_read_one_by_one() =>
        Assert.Equal(
            [
                ":method: GET", ":scheme: http", ":authority: a", ":path: /1", "1.1 keeps",
                ":method: POST", ":scheme: http", ":authority: a", ":path: /2", "content-length: 3", "1.1 keeps 3", "body: abc",
                ":method: POST", ":scheme: http", ":authority: a", ":path: /3", "1.1 keeps chunked", "body: defg",
                ":method: GET", ":scheme: http", ":authority: a", ":path: /4", "1.1 closes",
            ],
            Conversation.OfClient(
                "GET /1 HTTP/1.1\r\nHost: a\r\n\r\nPOST /2 HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc"
                + "POST /3 HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\ndef\r\n1\r\ng\r\n0\r\n\r\n"
                + "GET /4 HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"));

    [Theory]
    [InlineData("G", "within a head")]
    [InlineData("GET / HTTP/1.1\r\n", "within a head")]
    [InlineData("GET / HTTP/1.1\r\nHost: a\r\n", "within a head")]
    [InlineData("GET / HTTP/1.1\r\nHost: a\r\n\r", "within a head")]
    [InlineData("\r\n")]
    [InlineData("")]
    public void A_head_is_under_way_from_its_first_byte_to_its_last(string said, params string[] told) =>
        Assert.Equal(told, Conversation.OfClient(said));
}
