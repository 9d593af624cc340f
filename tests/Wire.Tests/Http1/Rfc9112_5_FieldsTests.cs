namespace Mesh.Wire.Tests.Http1;

/// <summary>RFC 9112 sections 3.2 and 5, RFC 9110 sections 5 and 7.2: the fields of a head.</summary>
public sealed class Rfc9112_5_FieldsTests
{
    [Theory]
    [InlineData("X-Name: value", "x-name: value")]
    [InlineData("x-name:value", "x-name: value")]
    [InlineData("X-NAME: \t value \t ", "x-name: value")]
    [InlineData("X-Name:", "x-name: ")]
    [InlineData("X-Name: \t ", "x-name: ")]
    [InlineData("X: a, b,,c ; d=\"e\"", "x: a, b,,c ; d=\"e\"")]
    [InlineData("X: a:b: c", "x: a:b: c")]
    [InlineData("!#$%&'*+-.^_`|~1: v", "!#$%&'*+-.^_`|~1: v")]
    [InlineData("X-User: J\u00c3\u00bcrgen", "x-user: J\u00c3\u00bcrgen")] // UTF-8
    [InlineData("X-User: J\u00fcrgen", "x-user: J\u00fcrgen")] // Latin-1
    [InlineData("X: \u0080\u00ff", "x: \u0080\u00ff")]
    [InlineData("X: a\tb\u0001", "x: a\tb\u0001")]
    [InlineData("Content-Type: Text/Plain", "content-type: Text/Plain")]
    public void A_name_is_told_in_lower_case_and_a_value_byte_for_byte(string line, string told) =>
        Assert.Equal(told, FieldOf($"{line}\r\n"));

    [Fact]
    public void Fields_keep_their_order_and_repeated_ones_their_lines() =>
        Assert.Equal(
            ["b: 1", "a: 2", "cookie: c=1", "b: 3", "cookie: d=2"],
            FieldsOf("B: 1\r\nA: 2\r\nCookie: c=1\r\nb: 3\r\ncookie: d=2\r\n"));

    [Theory]
    [InlineData("X : v")]
    [InlineData("X\t: v")]
    [InlineData(": v")]
    [InlineData("X(: v")]
    [InlineData("X@Y: v")]
    [InlineData("X\"Y: v")]
    [InlineData("X;Y: v")]
    [InlineData("X Y: v")]
    [InlineData("X\u00fc: v")]
    [InlineData("X\u0001: v")]
    [InlineData("X\u007f: v")]
    [InlineData(":path: /b")]
    [InlineData("Content-Length : 5")]
    [InlineData("Transfer-Encoding : chunked")]
    [InlineData("Host : b")]
    public void A_name_that_is_no_token_is_refused(string line) =>
        Assert.Equal(["400 a field's name is empty, or has a character that no name has"], AsRead($"{line}\r\n"));

    [Theory]
    [InlineData("X: a\r\n b\r\n")]
    [InlineData("X: a\r\n\tb: c\r\n")]
    [InlineData(" X: a\r\n")]
    [InlineData("X: a\r\n \r\n")]
    [InlineData("Transfer-Encoding:\r\n chunked\r\n")]
    public void A_folded_line_is_refused(string lines) =>
        Assert.Equal(["400 a field is folded over lines"], AsRead(lines));

    [Fact]
    public void A_line_that_begins_with_white_space_after_the_request_line_is_refused() =>
        Assert.Equal(["400 a field is folded over lines"], Conversation.OfClient("GET / HTTP/1.1\r\n Host: a\r\n\r\n"));

    [Theory]
    [InlineData("X")]
    [InlineData("HTTP/1.1 200 OK")]
    [InlineData("GET / HTTP/1.1")]
    public void A_line_without_a_colon_is_refused(string line) =>
        Assert.Equal(["400 a field has no colon"], AsRead($"{line}\r\n"));

    [Theory]
    [InlineData("a")]
    [InlineData("a:8080")]
    [InlineData("A.example:")]
    [InlineData("127.0.0.1:80")]
    [InlineData("[::1]")]
    [InlineData("[fe80::1%25eth0]:80")]
    [InlineData("a..b")]
    [InlineData("a~b")]
    [InlineData(".")]
    public void A_host_is_the_authority_as_it_was_received_and_is_told_once(string host) =>
        Assert.Equal(
            [":method: GET", ":scheme: http", $":authority: {host}", ":path: /", "x: y", "1.1 keeps"],
            Conversation.OfClient($"GET / HTTP/1.1\r\nX: y\r\nHost: {host}\r\n\r\n"));

    [Theory]
    [InlineData("Host: a\r\nHost: a\r\n")]
    [InlineData("Host: a\r\nX: y\r\nhost: b\r\n")]
    [InlineData("Host:\r\n")]
    [InlineData("Host: a b\r\n")]
    [InlineData("Host: a, b\r\n")]
    [InlineData("Host: a/b\r\n")]
    [InlineData("Host: user@a\r\n")]
    [InlineData("Host: a:65536\r\n")]
    [InlineData("Host: a:12345678901234567890\r\n")]
    [InlineData("Host: a:-1\r\n")]
    [InlineData("Host: a:8o\r\n")]
    [InlineData("Host: a:80:80\r\n")]
    [InlineData("Host: :80\r\n")]
    [InlineData("Host: [::1\r\n")]
    [InlineData("Host: ::1\r\n")]
    [InlineData("Host: a\u00fc\r\n")]
    [InlineData("X: y\r\n")]
    [InlineData("")]
    public void A_host_that_is_none_or_two_or_not_there_is_refused(string lines)
    {
        foreach (var target in new[] { "/", "http://a/" })
        {
            var told = Assert.Single(Conversation.OfClient($"GET {target} HTTP/1.1\r\n{lines}\r\n"));
            Assert.StartsWith("400 ", told, StringComparison.Ordinal);
            Assert.Contains("host", told, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void HTTP_1_0_needs_no_host()
    {
        Assert.Equal([":method: GET", ":scheme: http", ":path: /", "1.0 closes"], Conversation.OfClient("GET / HTTP/1.0\r\n\r\n"));
        Assert.Equal([":method: GET", ":scheme: http", ":authority: a", ":path: /", "1.0 closes"], Conversation.OfClient("GET / HTTP/1.0\r\nHost: a\r\n\r\n"));
        Assert.Equal([":method: GET", ":scheme: http", ":authority: b", ":path: /", "1.0 closes"], Conversation.OfClient("GET http://b/ HTTP/1.0\r\n\r\n"));
        Assert.Equal(["400 the host is not a host with or without a port"], Conversation.OfClient("GET / HTTP/1.0\r\nHost: a b\r\n\r\n"));
    }

    [Fact]
    public void The_target_wins_over_another_host() =>
        Assert.Equal(
            [":method: GET", ":scheme: http", ":authority: b:80", ":path: /", "1.1 keeps"],
            Conversation.OfClient("GET http://b:80/ HTTP/1.1\r\nHost: a\r\n\r\n"));

    private static string[] AsRead(string lines) => Conversation.OfClient($"GET / HTTP/1.1\r\nHost: a\r\n{lines}\r\n");

    private static string[] FieldsOf(string lines)
    {
        var told = AsRead(lines);
        Assert.Equal("1.1 keeps", told[^1]);
        return told[4..^1];
    }

    private static string FieldOf(string lines) => Assert.Single(FieldsOf(lines));
}
