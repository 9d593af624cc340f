using Mesh.Conformance.Peer;
using Mesh.Wire.Http2.Frames;
using Mesh.Wire.Streams;

namespace Mesh.Conformance;

/// <summary>Section 8: what a message consists of.</summary>
public sealed class Rfc9113_8_MessagesTests
{
    private const string M = ":method: GET";
    private const string S = ":scheme: http";
    private const string P = ":path: /";

    public static TheoryData<string[]> MalformedRequests => new()
    {
        // 8.2.1: names and values
        new[] { M, S, P, "X-Upper: a" },
        new[] { M, S, P, "x y: a" },
        new[] { M, S, P, "x\u007f: a" },
        new[] { M, S, P, "x:y: a" },
        new[] { M, S, P, "\u00e4: a" },
        new[] { M, S, P, "a: b\0c" },
        new[] { M, S, P, "a: b\rc" },
        new[] { M, S, P, "a: b\nc" },
        // 8.2.2: fields of a connection
        new[] { M, S, P, "connection: keep-alive" },
        new[] { M, S, P, "keep-alive: 1" },
        new[] { M, S, P, "proxy-connection: x" },
        new[] { M, S, P, "transfer-encoding: chunked" },
        new[] { M, S, P, "upgrade: x" },
        new[] { M, S, P, "te: gzip" },
        new[] { M, S, P, "te: trailers, gzip" },
        // 8.3: pseudo-header fields
        new[] { M, S, P, ":unknown: x" },
        new[] { M, S, P, ":status: 200" },
        new[] { M, S, "a: b", P },
        new[] { M, M, S, P },
        new[] { M, S, S, P },
        new[] { M, S, P, P },
        new[] { M, S, P, ":authority: a", ":authority: a" },
        new[] { S, P },
        new[] { M, P },
        new[] { M, S },
        new[] { M, S, ":path: " },
        new[] { M, S, ":path: x" },
        new[] { ":method: ", S, P },
        new[] { ":method: GET /", S, P },
        new[] { ":method: G\0T", S, P },
        new[] { M, ":scheme: ht tp", P },
        new[] { M, S, ":path: /a b" },
        new[] { M, S, ":path: /a\r\nb: c" },
        new[] { M, S, ":path: /a\0" },
        new[] { M, S, ":path: /a\u007f" },
        new[] { M, S, P, ":authority: a b" },
        new[] { M, S, P, ":authority: " },
        new[] { M, S, P, ":authority: evil@a" },
        new[] { M, S, P, ":authority: a@" },
        new[] { M, S, P, ":authority: a/b" },
        new[] { M, S, P, ":authority: a?b" },
        new[] { M, S, P, ":authority: a#b" },
        new[] { M, S, P, ":authority: a\\b" },
        new[] { M, S, P, ":authority: :80" },
        new[] { M, S, P, ":authority: a:b" },
        new[] { M, S, P, ":authority: a:-1" },
        new[] { M, S, P, ":authority: a:65536" },
        new[] { M, S, P, ":authority: a:00000000000000000000080x" },
        new[] { M, S, P, ":authority: a:1:2" },
        new[] { M, S, P, ":authority: ::1" },
        new[] { M, S, P, ":authority: []" },
        new[] { M, S, P, ":authority: [::1" },
        new[] { M, S, P, ":authority: [::1]x" },
        new[] { M, S, P, ":authority: \u00e4" },
        new[] { M, S, P, "host: evil@a" },
        new[] { M, S, P, "host: " },
        new[] { M, S, P, ":authority: a\n" },
        new[] { M, S, P, ":authority: a", "host: b" },
        new[] { M, S, P, ":authority: a", "host: a", "host: b" },
        new[] { M, S, P, "Host: a" },
        new[] { M, S, P, "te: Trailers, x" },
        new[] { "a: b" },
        // 8.1.1: content-length
        new[] { M, S, P, "content-length: 1" },
        new[] { M, S, P, "content-length: -1" },
        new[] { M, S, P, "content-length: +0" },
        new[] { M, S, P, "content-length: 0x0" },
        new[] { M, S, P, "content-length: 99999999999999999999" },
        new[] { M, S, P, "content-length: 0", "content-length: 1" },
        // 8.5: CONNECT
        new[] { ":method: CONNECT", S, P, ":authority: a:1" },
        new[] { ":method: CONNECT", P, ":authority: a:1" },
        new[] { ":method: CONNECT" },
    };

    [Theory]
    [MemberData(nameof(MalformedRequests))]
    public void A_malformed_request_is_reset_and_nobody_asked(string[] lines)
    {
        var peer = ScriptedPeer.OfServer();
        peer.Send(Frames.Headers(1, HeaderBlock.Of(lines), end: true));
        peer.Told().Reads("RST_STREAM 1 PROTOCOL_ERROR");
        Assert.Equal(1, peer.Violations[ProtocolViolation.MalformedMessage]);
        peer.GoesOn();
        peer.HoldsNothing();
    }

    [Theory]
    [InlineData(":method: GET", ":scheme: http", ":path: *", "te: trailers", "a: ")]
    [InlineData(":authority: a", ":path: /x", ":method: M-SEARCH", ":scheme: https", "!#$%&'*+-.^_`|~: b c")]
    [InlineData(":method: GET", ":scheme: http", ":path: /", "content-length: 0", "content-length: 0")]
    [InlineData(":method: CONNECT", ":authority: a:1")]
    [InlineData(":method: GET", ":scheme: http", ":path: /", ":authority: [fe80::1%25eth0]:80")]
    [InlineData(":method: GET", ":scheme: http", ":path: /", ":authority: a_b.c%20-~!$&'()*+,;=:65535")]
    [InlineData(":method: GET", ":scheme: http", ":path: /", ":authority: a:")]
    [InlineData(":method: GET", ":scheme: http", ":path: /", "host: a:1")]
    [InlineData(":method: HEAD", ":scheme: http", ":path: /?a=b%20c", ":authority: a:1", "host: A:1")]
    public void A_well_formed_request_is_passed_on(params string[] lines)
    {
        var peer = ScriptedPeer.OfServer();
        peer.Send(Frames.Headers(1, HeaderBlock.Of(lines), end: true));
        peer.Told("request 1 *");
    }

    /// <summary>
    /// 8.2.1 calls it malformed; some peers send it all the same, in messages of theirs. Once and again, since blocks that repeat are
    /// remembered.
    /// </summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void White_space_at_the_ends_of_a_value_is_taken_off(bool server)
    {
        var peer = ScriptedPeer.Of(server);
        for (uint i = 0; i < 4; i++)
        {
            var id = 1 + (2 * i);
            if (server)
            {
                peer.Send(
                    Frames.Headers(id, HeaderBlock.Of(":method: POST", S, P, "a:  b\t ", "content-length:  1", "te: trailers ")),
                    Frames.Data(id, "x"), Frames.Trailers(id, "c: \t d"));
                peer.Told($"request {id} POST / a=b content-length=1 te=trailers", $"data {id} x", $"trailers {id} c=d");
            }
            else
            {
                peer.Opened();
                peer.Send(Frames.Headers(id, HeaderBlock.Of(":status: 200", "a:   ")), Frames.Trailers(id, "grpc-status: 13", "grpc-message:  no more "));
                peer.Told($"response {id} 200 a=", $"trailers {id} grpc-status=13 grpc-message=no more");
            }
        }
    }

    public static TheoryData<string[]> MalformedResponses => new()
    {
        new[] { "a: b" },
        new[] { ":status: 20" },
        new[] { ":status: 2000" },
        new[] { ":status: abc" },
        new[] { ":status: 099" },
        new[] { ":status: +20" },
        new[] { ":status: 101" },
        new[] { ":status: " },
        new[] { ":status: 200", ":status: 200" },
        new[] { "a: b", ":status: 200" },
        new[] { ":status: 200", ":path: /" },
        new[] { ":status: 200", "Upper: a" },
        new[] { ":status: 200", "connection: close" },
        new[] { ":status: 200", "content-length: x" },
    };

    [Theory]
    [MemberData(nameof(MalformedResponses))]
    public void A_malformed_response_is_reset(string[] lines)
    {
        var peer = ScriptedPeer.OfClient();
        peer.Opened();
        peer.Send(Frames.Headers(1, HeaderBlock.Of(lines)));
        peer.Told("reset 1 PROTOCOL_ERROR Violation").Reads("RST_STREAM 1 PROTOCOL_ERROR");
        peer.GoesOn();
    }

    [Theory]
    [InlineData("3", "ab", true)]
    [InlineData("3", "abcd", false)]
    [InlineData("3", "abcd", true)]
    [InlineData("0", "a", false)]
    public void A_body_of_another_length_than_promised_is_reset(string length, string body, bool end)
    {
        var peer = ScriptedPeer.OfServer();
        peer.Send(Frames.Headers(1, HeaderBlock.PostWith("content-length: " + length)), Frames.Data(1, body, end));
        peer.Told("request 1 POST / *", "reset 1 PROTOCOL_ERROR Violation").Reads("RST_STREAM 1 PROTOCOL_ERROR");
        peer.GoesOn();
    }

    [Fact]
    public void A_body_in_pieces_must_add_up_to_the_length_promised()
    {
        var peer = ScriptedPeer.OfServer();
        peer.Send(Frames.Headers(1, HeaderBlock.PostWith("content-length: 4")), Frames.PaddedData(1, "ab", 9), Frames.Data(1, "cd"), Frames.Trailers(1, "a: b"));
        peer.Told("request 1 POST / *", "data 1 abcd", "trailers 1 a=b").Reads();
        peer.Send(Frames.Headers(3, HeaderBlock.PostWith("content-length: 4")), Frames.Data(3, "ab"), Frames.Trailers(3, "a: b"));
        peer.Told("request 3 POST / *", "data 3 ab", "reset 3 PROTOCOL_ERROR Violation");
    }

    [Fact]
    public void A_response_to_HEAD_tells_a_length_it_does_not_send()
    {
        var peer = ScriptedPeer.OfClient();
        peer.App.Track(peer.Connection.Open(ScriptedPeer.List(":method: HEAD", ":scheme: http", ":path: /"), true, peer.App));
        peer.Send(Frames.Headers(1, HeaderBlock.OkWith("content-length: 9")), Frames.Data(1, "", end: true));
        peer.Told("response 1 200 content-length=9", "data 1  end");
        peer.HoldsNothing();
    }

    [Fact]
    public void A_response_that_ends_without_the_length_promised_is_reset()
    {
        var peer = ScriptedPeer.OfClient();
        peer.Opened();
        peer.Send(Frames.Headers(1, HeaderBlock.OkWith("content-length: 9"), end: true));
        peer.Told("reset 1 PROTOCOL_ERROR Violation");
    }

    [Fact]
    public void Trailers_follow_the_body()
    {
        var peer = ScriptedPeer.OfServer();
        peer.Send(Frames.Post(1), Frames.Data(1, "abc"), Frames.Trailers(1, "grpc-status: 0", "x: y"));
        peer.Told("request 1 POST /", "data 1 abc", "trailers 1 grpc-status=0 x=y");
    }

    [Theory]
    [InlineData(":status: 200")]
    [InlineData(":path: /")]
    [InlineData("Upper: x")]
    [InlineData("connection: x")]
    public void Malformed_trailers_reset_the_stream(string line)
    {
        var peer = ScriptedPeer.OfServer();
        peer.Send(Frames.Post(1), Frames.Trailers(1, line));
        peer.Told("request 1 POST /", "reset 1 PROTOCOL_ERROR Violation").Reads("RST_STREAM 1 PROTOCOL_ERROR");
    }

    [Fact]
    public void A_second_head_that_does_not_end_the_stream_resets_it()
    {
        var peer = ScriptedPeer.OfServer();
        peer.Send(Frames.Post(1), Frames.Headers(1, HeaderBlock.Of("a: b")));
        peer.Told("request 1 POST /", "reset 1 PROTOCOL_ERROR Violation");
    }

    [Fact]
    public void Interim_responses_come_before_the_final_one()
    {
        var peer = ScriptedPeer.OfClient();
        peer.Opened();
        peer.Send(
            Frames.Headers(1, HeaderBlock.Of(":status: 100")),
            Frames.Headers(1, HeaderBlock.Of(":status: 103", "link: x")),
            Frames.Ok(1),
            Frames.Data(1, "abc"),
            Frames.Trailers(1, "grpc-status: 0"));
        peer.Told("interim 1 100", "interim 1 103 link=x", "response 1 200", "data 1 abc", "trailers 1 grpc-status=0");
        peer.HoldsNothing();
    }

    [Fact]
    public void An_interim_response_does_not_end_a_stream()
    {
        var peer = ScriptedPeer.OfClient();
        peer.Opened();
        peer.Send(Frames.Headers(1, HeaderBlock.Of(":status: 100"), end: true));
        peer.Told("reset 1 PROTOCOL_ERROR Violation");
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Data_before_the_final_response_resets_the_stream(bool afterInterim)
    {
        var peer = ScriptedPeer.OfClient();
        peer.Opened();
        peer.Send(afterInterim ? Frames.Headers(1, HeaderBlock.Of(":status: 100")) : [], Frames.Data(1, "x"));
        Assert.Contains("reset 1 PROTOCOL_ERROR Violation", peer.App.Take());
        peer.Reads("RST_STREAM 1 PROTOCOL_ERROR");
    }

    [Fact]
    public void A_response_may_be_trailers_only()
    {
        var peer = ScriptedPeer.OfClient();
        peer.Opened();
        peer.Send(Frames.Headers(1, HeaderBlock.OkWith("grpc-status: 12"), end: true));
        peer.Told("response 1 200 grpc-status=12 end");
        peer.HoldsNothing();
    }

    [Fact]
    public void A_server_answers_early_and_stops_the_rest_of_the_request_without_error()
    {
        var peer = ScriptedPeer.OfServer();
        peer.App.OnRequestDo = stream =>
        {
            stream.WriteHeaders(ScriptedPeer.List(":status: 403"), endStream: false);
            stream.Write("no"u8, endStream: false);
            stream.WriteTrailers(ScriptedPeer.List("a: b"));
            stream.StopPeerWhenDone();
        };
        peer.Send(Frames.Post(1), Frames.Data(1, "body"), Frames.Data(1, "body", end: true));
        peer.Told("request 1 POST /");
        peer.Reads("HEADERS 1 :status=403", "DATA 1 2", "HEADERS 1 a=b end", "RST_STREAM 1 NO_ERROR");
        peer.GoesOn();
        peer.HoldsNothing();
    }

    [Fact]
    public void The_peer_is_stopped_only_when_all_that_waits_is_out()
    {
        var peer = ScriptedPeer.OfServer();
        peer.Send(Frames.Setting(SettingId.InitialWindowSize, 10), Frames.Post(1));
        peer.TakeFrames();
        peer.App[1].WriteHeaders(ScriptedPeer.List(":status: 200"), endStream: false);
        peer.App[1].Write("0123456789abc"u8, endStream: true);
        peer.App[1].StopPeerWhenDone();
        peer.Turn();
        peer.Reads("HEADERS 1 :status=200", "DATA 1 10");
        peer.Send(Frames.WindowUpdate(1, 10));
        peer.Reads("DATA 1 3 end", "RST_STREAM 1 NO_ERROR");
        peer.HoldsNothing();
    }

    [Fact]
    public void A_client_that_is_stopped_early_keeps_the_response()
    {
        var peer = ScriptedPeer.OfClient();
        peer.Opened(end: false);
        peer.Send(Frames.Ok(1), Frames.Data(1, "done", end: true), Frames.RstStream(1, ErrorCode.NoError));
        peer.Told("response 1 200", "data 1 done end", "reset 1 NO_ERROR Peer");
        peer.Reads();
        peer.HoldsNothing();
    }

    [Fact]
    public void Both_sides_may_end_with_trailers_behind_data_that_waits()
    {
        var peer = ScriptedPeer.OfClient(settings: (4, 3));
        var stream = peer.Opened(end: false);
        Assert.Equal(3, stream.Write("abcdef"u8, endStream: false));
        stream.WriteTrailers(ScriptedPeer.List("t: 1"));
        peer.Turn();
        peer.Reads("DATA 1 3");
        peer.Send(Frames.WindowUpdate(1, 3));
        peer.Reads("DATA 1 3", "HEADERS 1 t=1 end");
    }
}
