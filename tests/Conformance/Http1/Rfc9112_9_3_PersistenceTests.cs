using System.Diagnostics;
using Mesh.Wire.Http2.Hpack;
using Mesh.Wire.Streams;

namespace Mesh.Conformance.Http1;

/// <summary>RFC 9112 section 9.3: which connections go on, and what comes after what. Our side is the server.</summary>
public sealed class Rfc9112_9_3_PersistenceTests
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_connection_carries_one_request_after_the_other(bool drips)
    {
        using var peer = Http1Peer.OfEcho(drips: drips);
        peer.Send("GET /a HTTP/1.1\nhost: a\n\n").Reads("HTTP/1.1 200 OK\ncontent-length: 3\n\nok1");
        peer.Send("POST /b HTTP/1.1\nhost: a\ncontent-length: 2\n\nhi").Reads("HTTP/1.1 200 OK\ncontent-length: 3\n\nok2");
        peer.Send("POST /c HTTP/1.1\nhost: a\ntransfer-encoding: chunked\n\n2\nhi\n0\n\n").Reads("HTTP/1.1 200 OK\ncontent-length: 3\n\nok3");
        peer.Told("request 1 GET /a end", "request 2 POST /b content-length=2", "data 2 hi end", "request 3 POST /c", "data 3 hi end");
        peer.GoesOn();
    }

    [Fact]
    public void A_request_that_says_close_is_the_last()
    {
        using var peer = Http1Peer.OfEcho();
        peer.Send("GET /a HTTP/1.1\nhost: a\nconnection: close\n\nGET /b HTTP/1.1\nhost: a\n\n");
        peer.Reads("HTTP/1.1 200 OK\ncontent-length: 3\nconnection: close\n\nok1").Told("request 1 GET /a end").Closes();
        peer.End();
        Assert.True(peer.Channel.IsClosed);
    }

    [Fact]
    public void A_connection_of_http_1_0_ends_with_its_answer_unless_it_is_asked_to_stay()
    {
        using var peer = Http1Peer.OfEcho();
        peer.Send("GET /a HTTP/1.0\nconnection: keep-alive\n\n").Reads("HTTP/1.1 200 OK\ncontent-length: 3\nconnection: keep-alive\n\nok1").GoesOn();
        peer.Send("GET /b HTTP/1.0\n\n").Reads("HTTP/1.1 200 OK\ncontent-length: 3\nconnection: close\n\nok2").Closes();
    }

    [Fact]
    public void An_answer_without_a_length_ends_a_connection_of_http_1_0_even_one_that_was_to_stay()
    {
        using var peer = Http1Peer.OfServer();
        peer.Send("GET /a HTTP/1.0\nconnection: keep-alive\n\n");
        Http1Peer.Head(peer.Stream, "200");
        Http1Peer.Write(peer.Stream, "hello");
        peer.Turn();
        peer.Reads("HTTP/1.1 200 OK\nconnection: close\n\nhello");
        Assert.False(peer.Channel.IsShutdown);
        Http1Peer.Write(peer.Stream, "", end: true);
        peer.Turn();
        peer.Closes();
    }

    [Fact]
    public void Chunks_from_http_1_0_are_the_last_message_whatever_it_asks_for()
    {
        using var peer = Http1Peer.OfEcho();
        peer.Send("POST /a HTTP/1.0\nconnection: keep-alive\ntransfer-encoding: chunked\n\n2\nhi\n0\n\nGET /smuggled HTTP/1.1\nhost: a\n\n");
        peer.Reads("HTTP/1.1 200 OK\ncontent-length: 3\nconnection: close\n\nok1").Told("request 1 POST /a", "data 1 hi end").Closes();
    }

    [Fact]
    public void Requests_that_come_together_are_answered_in_their_order_and_each_begins_when_the_one_before_it_is_over()
    {
        using var peer = Http1Peer.OfServer();
        peer.Send("GET /a HTTP/1.1\nhost: a\n\nPOST /b HTTP/1.1\nhost: a\ncontent-length: 2\n\nhiGET /c HTTP/1.1\nhost: a\n\n");
        peer.Told("request 1 GET /a end");
        Assert.True(peer.Channel.IsPaused);
        Http1Peer.Head(peer.App[1], "200", "content-length: 4");
        Http1Peer.Write(peer.App[1], "on");
        peer.Turn();
        peer.Told();
        Http1Peer.Write(peer.App[1], "e!", end: true);
        peer.Turn();
        peer.Told("request 2 POST /b content-length=2", "data 2 hi end");
        Http1Peer.Answer(peer.App[2], "201", "two");
        peer.Turn();
        peer.Told("request 3 GET /c end");
        Assert.False(peer.Channel.IsPaused);
        Http1Peer.Answer(peer.App[3], "202", "three");
        peer.Turn();
        peer.Reads("HTTP/1.1 200 OK\ncontent-length: 4\n\none!HTTP/1.1 201 Created\ncontent-length: 3\n\ntwoHTTP/1.1 202 Accepted\ncontent-length: 5\n\nthree");
        peer.GoesOn();
    }

    [Fact]
    public void Ten_thousand_small_requests_in_one_go_are_answered_without_depth_or_a_heap()
    {
        using var peer = Http1Peer.OfServer();
        var depths = new HashSet<int>();
        var answered = 0;
        peer.App.OnRequestDo = stream =>
        {
            if (answered++ % 100 == 0)
            {
                depths.Add(new StackTrace().FrameCount);
            }

            Assert.InRange(peer.Loop.Segments.InUse, 0, 60);
            stream.WriteHeaders(Peer.ScriptedPeer.List(":status: 204"), endStream: true);
        };
        peer.Send(string.Concat(Enumerable.Repeat("GET / HTTP/1.1\nhost: a\n\n", 10_000)));
        Assert.Equal(10_000, answered);
        Assert.InRange(depths.Max() - depths.Min(), 0, 10);
        var read = peer.Take();
        Assert.Equal(10_000, read.Split("HTTP/1.1 204 No Content\r\n\r\n").Length - 1);
        peer.App.Take();
        peer.GoesOn();
    }

    [Fact]
    public void Who_sends_requests_and_reads_no_answers_gets_no_more_of_them_than_the_output_holds()
    {
        using var peer = Http1Peer.OfServer(new WireOptions { OutputHighWater = 16 * 1024 });
        peer.Channel.Room = 0;
        var answered = 0;
        peer.App.OnRequestDo = stream =>
        {
            answered++;
            stream.WriteHeaders(Peer.ScriptedPeer.List(":status: 204", "x: " + new string('x', 1000)), endStream: true);
        };
        peer.Send(string.Concat(Enumerable.Repeat("GET / HTTP/1.1\nhost: a\n\n", 1000)));
        Assert.InRange(answered, 16, 20);
        Assert.InRange(peer.Connection.OutputLength, 16 * 1024, 18 * 1024);
        Assert.True(peer.Channel.IsPaused);
        peer.Grant(int.MaxValue);
        Assert.Equal(1000, answered);
        peer.App.Take();
        peer.Take();
        peer.GoesOn();
    }

    [Fact]
    public void A_part_of_the_next_head_that_came_early_is_read_when_its_turn_has_come()
    {
        using var peer = Http1Peer.OfServer();
        peer.Send("GET /a HTTP/1.1\nhost: a\n\nGET /b HT");
        peer.Send("TP/1.1\nhost: a\n"); // waits with the peer
        Http1Peer.Answer(peer.Stream, "200", "1");
        peer.Turn();
        peer.Turn();
        peer.Told("request 1 GET /a end");
        peer.Send("\n").Told("request 2 GET /b end");
    }

    [Fact]
    public void A_caller_that_sends_no_more_still_gets_its_answer()
    {
        using var peer = Http1Peer.OfServer();
        peer.Send("GET /a HTTP/1.1\nhost: a\n\n").End();
        Assert.False(peer.Channel.IsClosed);
        Http1Peer.Answer(peer.Stream, "200", "yes");
        peer.Turn();
        peer.Reads("HTTP/1.1 200 OK\ncontent-length: 3\nconnection: close\n\nyes").Closes();
        Assert.True(peer.Channel.IsClosed);
    }

    [Fact]
    public void All_requests_that_came_before_a_caller_has_ended_its_direction_are_answered()
    {
        using var peer = Http1Peer.OfServer();
        peer.Send("GET /a HTTP/1.1\nhost: a\n\nGET /b HTTP/1.1\nhost: a\n\n").End();
        Http1Peer.Answer(peer.App[1], "200", "1");
        peer.Turn();
        peer.Turn();
        Http1Peer.Answer(peer.App[2], "200", "2");
        peer.Turn();
        peer.Reads("HTTP/1.1 200 OK\ncontent-length: 1\n\n1HTTP/1.1 200 OK\ncontent-length: 1\nconnection: close\n\n2").Closes();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_long_answer_reaches_a_slow_caller_that_sends_no_more(bool endsLate)
    {
        using var peer = Http1Peer.OfServer();
        peer.Channel.Room = 1000;
        peer.Send("GET /a HTTP/1.1\nhost: a\nconnection: close\n\n");
        if (!endsLate)
        {
            peer.End();
        }

        Http1Peer.Answer(peer.Stream, "200", new string('x', 100_000));
        peer.Turn();
        Assert.True(peer.Connection.IsDead); // nothing is left to decide
        if (endsLate)
        {
            peer.End();
        }

        for (var i = 0; i < 20; i++)
        {
            peer.Advance(60);
            peer.Grant(6000);
        }

        Assert.EndsWith(new string('x', 100_000), peer.Take(), StringComparison.Ordinal);
        peer.Closes();
    }

    [Theory]
    [InlineData("")]
    [InlineData("\n")]
    [InlineData("GET / HT")]
    [InlineData("GET / HTTP/1.1\nhost: a\n")]
    public void A_caller_that_ends_before_its_head_is_whole_is_closed_without_a_word(string head)
    {
        using var peer = Http1Peer.OfEcho();
        peer.Send(head).End().Reads("").Told();
        Assert.True(peer.Channel.IsClosed);
        Assert.Equal(0, peer.Violations[ProtocolViolation.MalformedMessage]);
    }

    [Theory]
    [InlineData("content-length: 5\n\nhi")]
    [InlineData("transfer-encoding: chunked\n\n5\nhi")]
    [InlineData("transfer-encoding: chunked\n\n2\nhi\n")]
    [InlineData("transfer-encoding: chunked\n\n2\nhi\n0\n")]
    public void A_request_that_is_cut_short_is_told_and_not_answered(string rest)
    {
        using var peer = Http1Peer.OfEcho();
        peer.Send("POST /a HTTP/1.1\nhost: a\n" + rest).End().Reads("");
        Assert.Equal(["data 1 hi", "reset 1 NO_ERROR ConnectionLost"], peer.App.Take().Skip(1));
        Assert.True(peer.Channel.IsClosed);
    }

    [Fact]
    public void A_caller_that_is_gone_while_its_request_is_under_way_is_told()
    {
        using var peer = Http1Peer.OfServer();
        peer.Send("GET /a HTTP/1.1\nhost: a\n\n").End(Wire.Transport.ChannelEnd.Reset);
        peer.Told("request 1 GET /a end", "reset 1 NO_ERROR ConnectionLost").Reads("");
    }

    [Fact]
    public void A_handler_may_answer_within_any_call_and_the_connection_goes_on()
    {
        using var peer = Http1Peer.OfServer();
        peer.App.OnRequestDo = stream => Http1Peer.Head(stream, "200");
        peer.App.OnDataDo = stream => Http1Peer.Write(stream, "got it ");
        peer.App.OnEndDo = stream => stream.WriteTrailers(new HeaderList());
        peer.Send("POST / HTTP/1.1\nhost: a\ntransfer-encoding: chunked\n\n1\na\n1\nb\n0\n\n");
        peer.Reads("HTTP/1.1 200 OK\ntransfer-encoding: chunked\n\n7\ngot it \n7\ngot it \n0\n\n").GoesOn();
        peer.App.Take();
    }

    [Fact]
    public void A_server_opens_no_streams()
    {
        using var peer = Http1Peer.OfServer();
        Assert.False(peer.Connection.CanOpen);
        Assert.Throws<InvalidOperationException>(() => { MessageStream _ = peer.Open(); });
    }
}
