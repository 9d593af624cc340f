using Mesh.Wire.Buffers;
using Mesh.Wire.Http1;
using Mesh.Wire.Tests.Http2.Hpack;

namespace Mesh.Wire.Tests.Http1;

/// <summary>What is written of a head (RFC 9112 sections 3 to 6, RFC 9110 section 8.6).</summary>
public sealed class HeadWriterTests
{
    private static readonly string[] Get = [":method: GET", ":scheme: http", ":authority: a", ":path: /p?q"];

    [Fact]
    public void A_request_has_its_target_in_origin_form_and_its_host_first() =>
        Assert.Equal(
            "GET /p?q HTTP/1.1\r\nhost: a\r\nx: J\u00fc\r\ny: 1\r\ny: 2\r\n\r\n",
            Request([.. Get, "x: J\u00fc", "y: 1", "y: 2"]));

    [Fact]
    public void Cookies_that_HTTP2_has_in_several_fields_are_one() =>
        Assert.Equal(
            "GET /p?q HTTP/1.1\r\nhost: a\r\ncookie: a=1; b=2; c=3; d=4\r\nx: y\r\n\r\n",
            Request([.. Get, "cookie: a=1; b=2", "cookie: c=3", "x: y", "cookie: d=4"]));

    [Theory]
    [InlineData("OPTIONS * HTTP/1.1\r\nhost: a\r\n\r\n", ":method: OPTIONS", ":scheme: http", ":authority: a", ":path: *")]
    [InlineData("CONNECT a:443 HTTP/1.1\r\nhost: a:443\r\n\r\n", ":method: CONNECT", ":authority: a:443")]
    [InlineData("1st / HTTP/1.1\r\nhost: a\r\n\r\n", ":method: 1st", ":scheme: http", ":authority: a", ":path: /")]
    [InlineData("GET / HTTP/1.1\r\nhost: b\r\nx: y\r\n\r\n", ":method: GET", ":scheme: http", ":path: /", "x: y", "host: b")]
    [InlineData("GET / HTTP/1.1\r\nhost: a\r\n\r\n", ":method: GET", ":scheme: http", ":authority: a", ":path: /", "host: a")]
    [InlineData("GET / HTTP/1.1\r\nhost: \r\n\r\n", ":method: GET", ":scheme: http", ":path: /")]
    public void Other_forms_of_a_target_and_a_host_that_came_another_way(string written, params string[] list) =>
        Assert.Equal(written, Request(list));

    [Theory]
    [InlineData(nameof(BodyFraming.None), "GET", "", "")]
    [InlineData(nameof(BodyFraming.None), "POST", "", "content-length: 0\r\n")]
    [InlineData(nameof(BodyFraming.None), "PUT", "", "content-length: 0\r\n")]
    [InlineData(nameof(BodyFraming.None), "PATCH", "", "content-length: 0\r\n")]
    [InlineData(nameof(BodyFraming.None), "GET", "content-length: 0", "content-length: 0\r\n")]
    [InlineData(nameof(BodyFraming.Length), "GET", "content-length: 5", "content-length: 5\r\n")]
    [InlineData(nameof(BodyFraming.Length), "POST", "content-length: 5", "content-length: 5\r\n")]
    [InlineData(nameof(BodyFraming.Chunked), "POST", "", "transfer-encoding: chunked\r\n")]
    [InlineData(nameof(BodyFraming.Chunked), "POST", "content-length: 5", "transfer-encoding: chunked\r\n")]
    public void A_requests_body_is_framed_once(string framing, string method, string field, string written)
    {
        string[] list = [$":method: {method}", ":scheme: http", ":authority: a", ":path: /"];
        Assert.Equal($"{method} / HTTP/1.1\r\nhost: a\r\n{written}\r\n", Request(field.Length > 0 ? [.. list, field] : list, Enum.Parse<BodyFraming>(framing)));
    }

    [Fact]
    public void A_length_that_HTTP2_lets_come_twice_is_written_once() =>
        Assert.Equal(
            "GET /p?q HTTP/1.1\r\nhost: a\r\ncontent-length: 5\r\nx: y\r\n\r\n",
            Request([.. Get, "content-length: 5", "content-length: 5", "x: y"], BodyFraming.Length));

    [Theory]
    [InlineData(false, "te: trailers", "te: trailers\r\nconnection: te\r\n")]
    [InlineData(true, "te: trailers", "te: trailers\r\nconnection: te, close\r\n")]
    [InlineData(false, "upgrade: websocket", "upgrade: websocket\r\nconnection: upgrade\r\n")]
    [InlineData(true, "x: y", "x: y\r\nconnection: close\r\n")]
    [InlineData(false, "connection: x", "")]
    [InlineData(false, "keep-alive: x", "")]
    [InlineData(false, "proxy-connection: x", "")]
    [InlineData(false, "transfer-encoding: gzip", "")]
    public void Connection_names_what_is_for_the_next_hop_and_nothing_else_is_sent(bool close, string field, string written) =>
        Assert.Equal($"GET /p?q HTTP/1.1\r\nhost: a\r\n{written}\r\n", Request([.. Get, field], close: close));

    [Theory]
    [InlineData("200", "HTTP/1.1 200 OK\r\n")]
    [InlineData("404", "HTTP/1.1 404 Not Found\r\n")]
    [InlineData("299", "HTTP/1.1 299 \r\n")]
    [InlineData("999", "HTTP/1.1 999 \r\n")]
    public void A_status_has_its_reason_if_there_is_one(string status, string line) =>
        Assert.Equal($"{line}x: y\r\ncontent-length: 0\r\n\r\n", Response([$":status: {status}", "x: y"]));

    [Theory]
    [InlineData(nameof(BodyFraming.Length), "content-length: 5", "content-length: 5\r\n")]
    [InlineData(nameof(BodyFraming.Chunked), "x: y", "x: y\r\ntransfer-encoding: chunked\r\n")]
    [InlineData(nameof(BodyFraming.Chunked), "content-length: 5", "transfer-encoding: chunked\r\n")]
    [InlineData(nameof(BodyFraming.None), "x: y", "x: y\r\ncontent-length: 0\r\n")]
    [InlineData(nameof(BodyFraming.None), "content-length: 0", "content-length: 0\r\n")]
    [InlineData(nameof(BodyFraming.UntilClose), "x: y", "x: y\r\nconnection: close\r\n")]
    [InlineData(nameof(BodyFraming.UntilClose), "content-length: 5", "connection: close\r\n")]
    public void A_responses_body_is_framed_once(string framing, string field, string written) =>
        Assert.Equal($"HTTP/1.1 200 OK\r\n{written}\r\n", Response([":status: 200", field], Enum.Parse<BodyFraming>(framing)));

    [Theory]
    [InlineData("200", "content-length: 5", true, "content-length: 5\r\n")]
    [InlineData("200", "x: y", true, "x: y\r\n")]
    [InlineData("304", "content-length: 5", false, "content-length: 5\r\n")]
    [InlineData("304", "x: y", false, "x: y\r\n")]
    [InlineData("204", "content-length: 5", false, "")]
    [InlineData("204", "x: y", true, "x: y\r\n")]
    [InlineData("100", "content-length: 5", false, "")]
    [InlineData("103", "link: </a>", false, "link: </a>\r\n")]
    public void What_has_no_body_is_not_framed(string status, string field, bool isHead, string written) =>
        Assert.Equal(
            $"\r\n{written}\r\n",
            FromFirstLineEnd(Response([$":status: {status}", field], request: new ResponseTo(IsHead: isHead))));

    [Fact]
    public void A_tunnel_begins_without_framing()
    {
        Assert.Equal("HTTP/1.1 200 OK\r\n\r\n", Response([":status: 200", "content-length: 5"], request: new ResponseTo(IsConnect: true)));
        Assert.Equal(
            "HTTP/1.1 101 Switching Protocols\r\nupgrade: websocket\r\nconnection: upgrade\r\n\r\n",
            Response([":status: 101", "upgrade: websocket"], request: new ResponseTo(Upgrades: true)));
    }

    [Theory]
    [InlineData(1, false, "")]
    [InlineData(1, true, "connection: close\r\n")]
    [InlineData(0, false, "connection: keep-alive\r\n")]
    [InlineData(0, true, "connection: close\r\n")]
    public void A_response_says_whether_another_may_follow(int minor, bool close, string written) =>
        Assert.Equal(
            $"HTTP/1.1 200 OK\r\ncontent-length: 5\r\n{written}\r\n",
            Response([":status: 200", "content-length: 5"], BodyFraming.Length, close, new ResponseTo(MinorVersion: minor)));

    [Fact]
    public void An_interim_response_says_nothing_of_the_connections_end() =>
        Assert.Equal("HTTP/1.1 103 Early Hints\r\nx: y\r\n\r\n", Response([":status: 103", "x: y"], close: true));

    [Theory]
    [InlineData(false, 1, "x: y", "200", nameof(BodyFraming.Chunked))]
    [InlineData(false, 0, "x: y", "200", nameof(BodyFraming.UntilClose))]
    [InlineData(false, 0, "content-length: 5", "200", nameof(BodyFraming.Length))]
    [InlineData(true, 1, "content-length: 5", "200", nameof(BodyFraming.None))]
    [InlineData(false, 1, "content-length: 5", "204", nameof(BodyFraming.None))]
    [InlineData(false, 1, "content-length: 5", "304", nameof(BodyFraming.None))]
    [InlineData(false, 1, "x: y", "103", nameof(BodyFraming.None))]
    public void How_a_body_is_sent_follows_from_its_head_and_from_what_was_asked(bool isHead, int minor, string field, string status, string framing)
    {
        var request = new ResponseTo(IsHead: isHead, MinorVersion: minor);
        var list = Codec.List($":status: {status}", field);
        Assert.Equal(Enum.Parse<BodyFraming>(framing), Framings.OfResponse(list, int.Parse(status, System.Globalization.CultureInfo.InvariantCulture), isEnded: false, request));
        Assert.Equal(BodyFraming.None, Framings.OfResponse(list, 200, isEnded: true, request));
    }

    [Fact]
    public void How_a_requests_body_is_sent_follows_from_its_head()
    {
        Assert.Equal(BodyFraming.None, Framings.OfRequest(Codec.List("content-length: 0"), isEnded: true));
        Assert.Equal(BodyFraming.Length, Framings.OfRequest(Codec.List("content-length: 5"), isEnded: false));
        Assert.Equal(BodyFraming.Chunked, Framings.OfRequest(Codec.List("x: y"), isEnded: false));
    }

    [Fact]
    public void Chunks_carry_what_they_are_given_and_an_empty_one_is_not_written()
    {
        Assert.Equal("3\r\nabc\r\n0\r\n\r\n", Written(output =>
        {
            ChunkWriter.Write(output, "abc"u8);
            ChunkWriter.Write(output, default(ReadOnlySpan<byte>));
            ChunkWriter.WriteLast(output, null);
        }));
        Assert.Equal("ff\r\n" + new string('x', 255) + "\r\n", Written(output => ChunkWriter.Write(output, Codec.Bytes(new string('x', 255)))));
        Assert.Equal("4\r\nabcd\r\n2\r\nef\r\n", Written(output =>
        {
            var source = new ByteQueue(Pool);
            source.Append("abcdef"u8);
            ChunkWriter.Write(output, source, 4);
            ChunkWriter.Write(output, source, 2);
            ChunkWriter.Write(output, source, 0);
        }));
    }

    [Fact]
    public void Trailers_are_written_but_for_those_that_frame_or_route() =>
        Assert.Equal(
            "0\r\ngrpc-status: 0\r\nx: y\r\n\r\n",
            Written(output => ChunkWriter.WriteLast(
                output,
                Codec.List("grpc-status: 0", "content-length: 5", "host: a", "transfer-encoding: chunked", "connection: close", "te: trailers", "x: y"))));

    [Fact]
    public void A_head_larger_than_a_segment_is_written_whole()
    {
        string[] large = [.. Enumerable.Range(0, 40).Select(i => $"x-{i}: " + new string((char)('a' + (i % 26)), 700 * i))];
        Assert.Equal($"GET /p?q HTTP/1.1\r\nhost: a\r\n{string.Concat(large.Select(line => line + "\r\n"))}\r\n", Request([.. Get, .. large]));
    }

    private static readonly SegmentPool Pool = new();

    private static string Request(string[] list, BodyFraming framing = BodyFraming.None, bool close = false) =>
        Written(output => HeadWriter.WriteRequest(output, Codec.List(list), framing, close));

    private static string Response(string[] list, BodyFraming framing = BodyFraming.None, bool close = false, ResponseTo? request = null) =>
        Written(output => HeadWriter.WriteResponse(output, Codec.List(list), framing, close, request ?? new ResponseTo()));

    private static string FromFirstLineEnd(string written) => written[written.IndexOf("\r\n", StringComparison.Ordinal)..];

    private static string Written(Action<ByteQueue> write)
    {
        var output = new ByteQueue(Pool);
        write(output);
        var bytes = new byte[output.Length];
        output.CopyTo(0, bytes);
        output.Clear();
        return Codec.Text(bytes);
    }
}
