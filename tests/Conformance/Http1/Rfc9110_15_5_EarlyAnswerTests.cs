using Mesh.Conformance.Peer;

namespace Mesh.Conformance.Http1;

/// <summary>RFC 9110 section 15.5.14 and RFC 9112 section 9.6: answers that come before the request's end. Our side is the server.</summary>
public sealed class Rfc9110_15_5_EarlyAnswerTests
{
    private const string Upload = "POST / HTTP/1.1\nhost: a\ncontent-length: 50000000\n\n";
    private const string ChunkedUpload = "POST / HTTP/1.1\nhost: a\ntransfer-encoding: chunked\n\n";
    private const string TooLarge = "HTTP/1.1 413 Content Too Large\ncontent-length: 3\nconnection: close\n\nno!";

    [Theory]
    [InlineData(Upload)]
    [InlineData(ChunkedUpload)]
    public void An_answer_passes_at_once_and_what_still_comes_of_the_upload_is_read_for_nobody(string head)
    {
        using var peer = Http1Peer.OfServer();
        peer.App.OnRequestDo = Refuse;
        peer.Send(head).Reads(TooLarge).Closes();
        // Not closed: a reset could overtake the answer.
        Assert.False(peer.Channel.IsClosed);
        peer.App.Take();
        for (var i = 0; i < 100; i++)
        {
            peer.Send(new byte[100_000]);
        }

        peer.Told().Reads("");
        Assert.False(peer.Channel.IsPaused || peer.Channel.IsClosed);
        peer.End();
        Assert.True(peer.Channel.IsClosed);
    }

    [Fact]
    public void Who_goes_on_sending_after_the_last_word_is_listened_to_for_half_a_minute()
    {
        using var peer = Http1Peer.OfServer();
        peer.App.OnRequestDo = Refuse;
        peer.Send(Upload).Reads(TooLarge);
        for (var second = 0; second < 29; second++)
        {
            peer.Send(new byte[1000]);
            Assert.False(peer.Channel.IsClosed);
            peer.Advance(1);
        }

        peer.Advance(1);
        Assert.True(peer.Channel.IsClosed);
    }

    [Fact]
    public void Who_says_nothing_after_the_last_word_is_closed()
    {
        using var peer = Http1Peer.OfServer();
        peer.App.OnRequestDo = Refuse;
        peer.Send(Upload).Reads(TooLarge);
        peer.Advance(4.9);
        Assert.False(peer.Channel.IsClosed);
        peer.Advance(0.2);
        Assert.True(peer.Channel.IsClosed);
    }

    [Theory]
    [InlineData(Upload)]
    [InlineData(ChunkedUpload)]
    public void An_upload_that_nobody_took_does_not_hold_up_the_answer(string head)
    {
        using var peer = Http1Peer.OfServer();
        peer.App.ReturnsCredit = false;
        peer.Send(head);
        if (head == ChunkedUpload)
        {
            peer.Send("f4240\n");
        }

        peer.Send(new byte[1_000_000]);
        Assert.True(peer.Channel.IsPaused);
        Refuse(peer.Stream);
        peer.Turn();
        peer.Reads(TooLarge).Closes();
        Assert.False(peer.Channel.IsPaused);
    }

    [Theory]
    [InlineData("content-length: 65536\n\n", 65_536)]
    [InlineData("content-length: 1\n\n", 1)]
    public void A_small_rest_is_dropped_and_the_connection_is_used_again(string rest, int bytes)
    {
        using var peer = Http1Peer.OfServer();
        peer.App.OnRequestDo = Refuse;
        peer.Send("POST / HTTP/1.1\nhost: a\n" + rest).Reads("HTTP/1.1 413 Content Too Large\ncontent-length: 3\n\nno!");
        Assert.False(peer.Connection.IsDead);
        peer.Send(new byte[bytes]).Reads("");
        peer.Told("request 1 POST / content-length=" + bytes);
        peer.Send("GET /next HTTP/1.1\nhost: a\n\n").Told("request 2 GET /next end");
    }

    [Fact]
    public void A_rest_that_is_small_by_now_is_dropped_and_the_connection_is_used_again()
    {
        using var peer = Http1Peer.OfServer();
        peer.Send("POST / HTTP/1.1\nhost: a\ncontent-length: 200000\n\n").Send(new byte[150_000]);
        Refuse(peer.Stream);
        peer.Turn();
        peer.Reads("HTTP/1.1 413 Content Too Large\ncontent-length: 3\n\nno!");
        peer.Send(new byte[50_000]).Send("GET /next HTTP/1.1\nhost: a\n\n");
        Assert.Equal("request 2 GET /next end", peer.App.Take()[^1]);
    }

    [Fact]
    public void Both_directions_of_an_echo_go_on_beside_each_other_and_the_connection_is_used_again()
    {
        using var peer = Http1Peer.OfServer();
        peer.App.OnRequestDo = stream => Http1Peer.Head(stream, "200");
        peer.App.OnDataDo = stream => Http1Peer.Write(stream, "echo");
        peer.App.OnEndDo = stream => Http1Peer.Write(stream, "", end: true);
        peer.Send(ChunkedUpload).Reads("HTTP/1.1 200 OK\ntransfer-encoding: chunked\n\n");
        peer.Send("1\na\n").Reads("4\necho\n");
        peer.Send("1\nb\n").Reads("4\necho\n");
        peer.Send("0\n\n").Reads("4\necho\n0\n\n").GoesOn();
    }

    [Fact]
    public void An_answer_that_ends_just_before_the_last_chunk_comes_leaves_the_connection_as_it_is()
    {
        using var peer = Http1Peer.OfServer();
        peer.Send(ChunkedUpload + "5\nhello\n");
        Http1Peer.Answer(peer.Stream, "200", "1");
        peer.Stream.StopPeerWhenDone();
        peer.Turn();
        peer.Reads("HTTP/1.1 200 OK\ncontent-length: 1\n\n1");
        peer.Send("0\n\nGET /next HTTP/1.1\nhost: a\n\n").Told("request 1 POST /", "data 1 hello", "request 2 GET /next end");
    }

    [Fact]
    public void An_answer_that_ends_long_before_its_request_ends_the_connection()
    {
        using var peer = Http1Peer.OfServer();
        peer.Send(ChunkedUpload + "5\nhello\n");
        Http1Peer.Answer(peer.Stream, "200", "1");
        peer.Stream.StopPeerWhenDone();
        peer.Turn();
        peer.Reads("HTTP/1.1 200 OK\ncontent-length: 1\n\n1");
        peer.Send("1000000\n");
        for (var i = 0; i < 0x80; i++)
        {
            Assert.False(peer.Connection.IsDead);
            peer.Send(new byte[0x10000]);
        }

        peer.Send(new byte[0x10000]).Closes();
        Assert.False(peer.Channel.IsClosed);
    }

    [Fact]
    public void What_is_wrong_with_the_rest_that_nobody_wants_does_not_harm_the_answer()
    {
        using var peer = Http1Peer.OfServer();
        peer.Send(ChunkedUpload + "5\nhello\n");
        Http1Peer.Head(peer.Stream, "200", "content-length: 4");
        peer.Stream.StopPeerWhenDone();
        peer.Send("oops\noops\n").Send("oops\n");
        Http1Peer.Write(peer.Stream, "good", end: true);
        peer.Turn();
        peer.Reads("HTTP/1.1 200 OK\ncontent-length: 4\n\ngood").Closes();
    }

    [Fact]
    public void A_long_rest_is_read_as_long_as_the_answer_is_under_way()
    {
        using var peer = Http1Peer.OfServer(new Wire.Streams.WireOptions { OutputHighWater = 16 * 1024 });
        peer.Channel.Room = 10_000;
        peer.Send(Upload);
        Http1Peer.Head(peer.Stream, "413", "content-length: 100000");
        for (var i = 0; i < 10; i++)
        {
            Http1Peer.Write(peer.Stream, new string('x', 10_000), end: i == 9);
        }

        peer.Stream.StopPeerWhenDone();
        peer.Turn();
        for (var i = 0; i < 10; i++)
        {
            peer.Send(new byte[200_000]);
            Assert.False(peer.Channel.IsPaused);
            peer.Grant(10_000);
        }

        Assert.False(peer.Channel.IsCut);
        peer.Grant(int.MaxValue);
        Assert.EndsWith(new string('x', 100_000), peer.Take(), StringComparison.Ordinal);
        peer.Closes();
        Assert.False(peer.Channel.IsClosed);
    }

    [Fact]
    public void A_caller_that_ends_amid_an_upload_that_was_answered_still_gets_the_answer()
    {
        using var peer = Http1Peer.OfServer();
        peer.Channel.Room = 10;
        peer.Send(Upload + "some");
        Refuse(peer.Stream);
        peer.Turn();
        peer.End();
        Assert.False(peer.Channel.IsClosed);
        peer.Grant(int.MaxValue);
        peer.Reads(TooLarge).Closes();
    }

    [Fact]
    public void A_whole_answer_is_not_cut_off_by_a_handler_that_wants_no_more_of_the_request()
    {
        using var peer = Http1Peer.OfServer();
        peer.Send(Upload);
        Http1Peer.Answer(peer.Stream, "413", "no!");
        peer.Stream.Reset(Wire.Http2.Frames.ErrorCode.NoError);
        peer.Turn();
        peer.Reads(TooLarge).Closes();
        Assert.False(peer.Channel.IsClosed);
    }

    private static void Refuse(Wire.Streams.MessageStream stream)
    {
        stream.WriteHeaders(ScriptedPeer.List(":status: 413", "content-length: 3"), endStream: false);
        Http1Peer.Write(stream, "no!", end: true);
        stream.StopPeerWhenDone();
    }
}
