
namespace Mesh.Wire.Tests.Http1;

/// <summary>RFC 9110 sections 7.6.1, 7.8 and 10.1, RFC 9112 section 9.3: what a message says of its connection.</summary>
public sealed class Rfc9110_7_6_1_ConnectionTests
{
    [Theory]
    [InlineData("1.1", "", "1.1 keeps")]
    [InlineData("1.1", "Connection: keep-alive\r\n", "1.1 keeps")]
    [InlineData("1.1", "Connection: close\r\n", "1.1 closes")]
    [InlineData("1.1", "Connection: CLOSE\r\n", "1.1 closes")]
    [InlineData("1.1", "Connection: keep-alive, close\r\n", "1.1 closes")]
    [InlineData("1.1", "Connection: x\r\nConnection: close\r\n", "1.1 closes")]
    [InlineData("1.1", "Connection: ,, close ,\r\n", "1.1 closes")]
    [InlineData("1.1", "Connection: closed\r\n", "1.1 keeps")]
    [InlineData("1.1", "Proxy-Connection: close\r\n", "1.1 keeps")]
    [InlineData("1.0", "", "1.0 closes")]
    [InlineData("1.0", "Connection: keep-alive\r\n", "1.0 keeps")]
    [InlineData("1.0", "Connection: Keep-Alive\r\n", "1.0 keeps")]
    [InlineData("1.0", "Connection: close, keep-alive\r\n", "1.0 closes")]
    [InlineData("1.0", "Keep-Alive: timeout=5\r\n", "1.0 closes")]
    public void A_connection_goes_on_by_version_and_by_word(string version, string lines, string facts)
    {
        Assert.Equal([facts], Get(lines, version));
        Assert.Equal([":status: 200", "content-length: 0", $"{facts} 0"], Conversation.OfServer($"HTTP/{version} 200 OK\r\n{lines}Content-Length: 0\r\n\r\n"));
    }

    [Theory]
    [InlineData("Connection: X-A\r\nX-A: 1\r\nX-B: 2\r\n", "x-b: 2")]
    [InlineData("X-A: 1\r\nX-B: 2\r\nConnection: close, x-a\r\n", "x-b: 2")]
    [InlineData("X-A: 1\r\nConnection: x-a\r\nX-a: 2\r\nX-B: 2\r\n", "x-b: 2")]
    [InlineData("X-A: 1\r\nConnection: x-a, x-c\r\nConnection: X-B\r\nX-B: 2\r\n")]
    [InlineData("Connection: x-a\r\nConnection: close\r\nConnection: x-b\r\nX-A: 1\r\nX-B: 1\r\nX-C: 1\r\n", "x-c: 1")]
    [InlineData("Connection: cookie\r\nCookie: 1\r\n")]
    [InlineData("Connection: HTTP2-Settings\r\nHTTP2-Settings: AAAA\r\n")]
    [InlineData("Connection: \"x-a\", x-a;q=1\r\nX-A: 1\r\n", "x-a: 1")]
    [InlineData("Keep-Alive: timeout=5\r\nProxy-Connection: keep-alive\r\nX-A: 1\r\n", "x-a: 1")]
    public void What_Connection_names_and_what_is_for_it_alone_is_taken_off(string lines, params string[] left)
    {
        Assert.Equal(left, Get(lines)[..^1]);
        Assert.Equal([":status: 200", .. left, "content-length: 0"], Conversation.OfServer($"HTTP/1.1 200 OK\r\n{lines}Content-Length: 0\r\n\r\n")[..^1]);
    }

    [Theory]
    [InlineData("Content-Length")]
    [InlineData("Host")]
    [InlineData("Transfer-Encoding")]
    [InlineData(":path")]
    [InlineData(":method")]
    [InlineData("Expect")]
    [InlineData("Connection")]
    public void What_frames_or_routes_a_message_stays_whoever_names_it(string name)
    {
        Assert.Equal(
            [":method: POST", ":scheme: http", ":authority: a", ":path: /", "expect: 100-continue", "content-length: 3", "1.1 keeps 3 expects", "body: abc"],
            Conversation.OfClient($"POST / HTTP/1.1\r\nHost: a\r\nConnection: {name}\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\nabc"));
        Assert.Equal(["1.1 keeps chunked", "body: "], Conversation.OfClient($"POST / HTTP/1.1\r\nHost: a\r\nConnection: {name}\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n")[4..]);
    }

    [Fact]
    public void Options_are_bounded()
    {
        Assert.Equal(["1.1 keeps"], Get($"Connection: {string.Join(',', Enumerable.Repeat("x", 64))}\r\n"));
        Assert.Equal(["431 the connection has more options than we allow"], Get($"Connection: {string.Join(',', Enumerable.Repeat("x", 65))}\r\n"));
    }

    [Theory]
    [InlineData("TE: trailers\r\n", "te: trailers")]
    [InlineData("TE: trailers\r\nConnection: TE\r\n", "te: trailers")]
    [InlineData("Connection: te, close\r\nTE: Trailers, deflate;q=0.5\r\n", "te: trailers")]
    [InlineData("TE: gzip\r\nTE: trailers\r\nTE: trailers\r\n", "te: trailers")]
    [InlineData("TE: gzip\r\n")]
    [InlineData("TE: trailersx\r\n")]
    [InlineData("TE:\r\n")]
    public void Of_TE_it_is_trailers_that_stays(string lines, params string[] left) => Assert.Equal(left, Get(lines)[..^1]);

    [Theory]
    [InlineData("Upgrade: websocket\r\nConnection: Upgrade\r\n", "upgrade: websocket", "1.1 keeps upgrades")]
    [InlineData("Connection: keep-alive, upgrade\r\nUpgrade: a/1, b\r\n", "upgrade: a/1, b", "1.1 keeps upgrades")]
    [InlineData("Upgrade: websocket\r\n", "1.1 keeps")]
    [InlineData("Connection: upgrade\r\n", "1.1 keeps")]
    [InlineData("Connection: upgrade\r\nUpgrade:\r\n", "1.1 keeps")]
    [InlineData("Upgrade: h2c\r\nConnection: Upgrade, HTTP2-Settings\r\nHTTP2-Settings: AAAA\r\n", "1.1 keeps")]
    [InlineData("Upgrade: websocket, H2C\r\nConnection: Upgrade\r\n", "1.1 keeps")]
    [InlineData("Upgrade: websocket\r\nUpgrade: h2c\r\nConnection: Upgrade\r\n", "1.1 keeps")]
    public void An_upgrade_stays_where_it_is_asked_for_of_this_connection(string lines, params string[] told) => Assert.Equal(told, Get(lines));

    [Fact]
    public void An_upgrade_of_HTTP_1_0_or_of_a_CONNECT_is_ignored()
    {
        Assert.Equal(["1.0 closes"], Get("Upgrade: websocket\r\nConnection: upgrade\r\n", "1.0"));
        Assert.Equal(
            [":method: CONNECT", ":authority: a:1", "1.1 keeps", "tunnel "],
            Conversation.OfClient("CONNECT a:1 HTTP/1.1\r\nHost: a:1\r\nUpgrade: websocket\r\nConnection: upgrade\r\n\r\n"));
    }

    [Fact]
    public void Who_waits_for_a_100_is_told_and_the_field_stays()
    {
        Assert.Equal(["expect: 100-continue", "content-length: 3", "1.1 keeps 3 expects"], Get("Expect: 100-continue\r\nContent-Length: 3\r\n", body: false));
        Assert.Equal(["expect: 100-Continue", "1.1 keeps chunked expects"], Get("Expect: 100-Continue\r\nTransfer-Encoding: chunked\r\n", body: false));
        Assert.Equal(["expect: 100-continue", "1.1 keeps"], Get("Expect: 100-continue\r\n"));
        Assert.Equal(["expect: x", "content-length: 3", "1.1 keeps 3"], Get("Expect: x\r\nContent-Length: 3\r\n", body: false));
        Assert.Equal(["content-length: 3", "1.0 closes 3"], Get("Expect: 100-continue\r\nContent-Length: 3\r\n", "1.0", body: false));
    }

    private static string[] Get(string lines, string version = "1.1", bool body = true)
    {
        var told = Conversation.OfClient($"GET / HTTP/{version}\r\nHost: a\r\n{lines}\r\n");
        return told[0].StartsWith(':') ? body ? told[4..] : told[4..^1] : told;
    }
}
