using Mesh.Conformance.Peer;
using Mesh.Wire.Http2.Frames;
using Mesh.Wire.Streams;
using Mesh.Wire.Transport;

namespace Mesh.Conformance.Http1;

/// <summary>RFC 9112 section 9: requests and answers on a connection whose client we are. A request is sent once, whatever becomes of it.</summary>
public sealed class Rfc9112_9_ClientTests
{
    private const string Ok = "HTTP/1.1 200 OK\ncontent-length: 2\n\nhi";

    [Theory]
    [InlineData("HTTP/1.1 200 OK\ncontent-length: 2\n\nhi", "response 1 200 content-length=2|data 1 hi end")]
    [InlineData("HTTP/1.1 200 OK\ntransfer-encoding: chunked\n\n1\nh\n1\ni\n0\n\n", "response 1 200|data 1 hi end")]
    [InlineData("HTTP/1.1 200 OK\ntransfer-encoding: chunked\n\n2\nhi\n0\nx: y\n\n", "response 1 200|data 1 hi|trailers 1 x=y")]
    [InlineData("HTTP/1.1 200 OK\ncontent-length: 0\n\n", "response 1 200 content-length=0 end")]
    [InlineData("HTTP/1.1 204 No Content\n\n", "response 1 204 end")]
    [InlineData("HTTP/1.1 304 Not Modified\ncontent-length: 5\n\n", "response 1 304 content-length=5 end")]
    [InlineData("HTTP/1.0 200 OK\ncontent-length: 2\nconnection: keep-alive\n\nhi", "response 1 200 content-length=2|data 1 hi end")]
    public void An_answer_ends_where_it_says_and_the_connection_is_used_again(string answer, string told)
    {
        foreach (var drips in (bool[])[false, true])
        {
            using var peer = Http1Peer.OfClient(drips: drips);
            peer.Open();
            Assert.False(peer.Connection.CanOpen);
            peer.Turn();
            peer.Reads("GET / HTTP/1.1\nhost: a\n\n");
            peer.Send(answer);
            Assert.Equal(told, string.Join('|', peer.App.Take()));
            Assert.True(peer.Connection is { CanOpen: true, HasServed: true, OpenStreams: 0, IsReady: true });
            peer.Open("HEAD");
            peer.Turn();
            peer.Reads("HEAD / HTTP/1.1\nhost: a\n\n");
            peer.Send("HTTP/1.1 200 OK\ncontent-length: 5\n\n").Told("response 2 200 content-length=5 end");
            Assert.True(peer.Connection.CanOpen);
        }
    }

    [Theory]
    [InlineData("HTTP/1.1 200 OK\ncontent-length: 2\nconnection: close\n\nhi")]
    [InlineData("HTTP/1.0 200 OK\ncontent-length: 2\n\nhi")]
    public void A_server_that_will_close_is_asked_nothing_more(string answer)
    {
        using var peer = Http1Peer.OfClient();
        peer.Opened();
        peer.Send(answer);
        Assert.Equal("data 1 hi end", peer.App.Take()[^1]);
        Assert.True(peer.Connection is { CanOpen: false, IsUsedUp: true, Failure: null, HasServed: true });
        peer.Closes();
        Assert.True(peer.Channel.IsClosed);
    }

    [Fact]
    public void An_answer_without_a_length_ends_with_the_connection()
    {
        using var peer = Http1Peer.OfClient();
        peer.Opened();
        peer.Send("HTTP/1.1 200 OK\n\nhi").Told("response 1 200", "data 1 hi");
        Assert.False(peer.Connection.CanOpen);
        peer.End().Told("data 1  end").Closes();
        Assert.Null(peer.Connection.Failure);
    }

    [Theory]
    [InlineData("HTTP/1.1 200 OK\n\nhi", ChannelEnd.Reset)]
    [InlineData("HTTP/1.1 200 OK\ncontent-length: 3\n\nhi", ChannelEnd.EndOfStream)]
    [InlineData("HTTP/1.1 200 OK\ntransfer-encoding: chunked\n\n2\nhi\n", ChannelEnd.EndOfStream)]
    [InlineData("HTTP/1.1 200 OK\ntransfer-encoding: chunked\n\n2\nhi\n0\n", ChannelEnd.EndOfStream)]
    public void An_answer_that_is_cut_short_is_told(string answer, ChannelEnd end)
    {
        using var peer = Http1Peer.OfClient();
        peer.Opened();
        peer.Send(answer).End(end);
        Assert.Equal(["data 1 hi", "reset 1 NO_ERROR ConnectionLost"], peer.App.Take().Skip(1));
        Assert.False(peer.App.LastReset.NotProcessed);
    }

    [Theory]
    [InlineData("")]
    [InlineData("HTTP/1.1 2")]
    [InlineData("HTTP/1.1 200 OK\ncontent-length: 2\n")]
    [InlineData("HTTP/1.1 102 Processing\n\n")]
    public void A_connection_that_is_lost_before_the_answer_may_have_carried_the_request(string begun)
    {
        using var peer = Http1Peer.OfClient();
        peer.Opened("POST", end: true);
        peer.Send(begun).End();
        Assert.Equal("reset 1 NO_ERROR ConnectionLost", peer.App.Take()[^1]);
        Assert.False(peer.App.LastReset.NotProcessed);
        peer.Reads(""); // and not again
    }

    [Theory]
    [InlineData(0, true)]
    [InlineData(1, false)]
    public void A_request_of_which_nothing_has_left_was_not_processed(int room, bool notProcessed)
    {
        using var peer = Http1Peer.OfClient();
        peer.Opened();
        peer.Send(Ok);
        peer.Channel.Room = room;
        peer.Open();
        peer.Turn();
        peer.App.Take();
        peer.End(ChannelEnd.Reset).Told($"reset 2 NO_ERROR {(notProcessed ? "ConnectFailed" : "ConnectionLost")}");
        Assert.Equal(notProcessed, peer.App.LastReset.NotProcessed);
    }

    [Fact]
    public void A_server_that_closes_an_idle_connection_has_not_failed()
    {
        using var peer = Http1Peer.OfClient();
        peer.Opened();
        peer.Send(Ok).End();
        Assert.True(peer.Connection is { CanOpen: false, IsDead: true, WasReady: true, IsReady: false, HasServed: true, Failure: null });
        peer.Closes();
    }

    [Fact]
    public void A_server_that_closes_a_connection_before_its_first_request_has()
    {
        using var peer = Http1Peer.OfClient();
        peer.End();
        Assert.True(peer.Connection is { WasReady: true, HasServed: false });
        Assert.Equal("the peer closed the connection", peer.Connection.Failure);
    }

    [Theory]
    [InlineData("HTTP/1.1 408 Request Timeout\nconnection: close\n\n", true)]
    [InlineData("HTTP/1.0 408 Request Time-out\n\n", true)]
    [InlineData("HTTP/1.1 200 OK\n", false)]
    [InlineData("H", false)]
    public void What_comes_unasked_ends_the_connection_and_is_no_fault_if_it_is_a_timeouts_word(string unasked, bool isGoodbye)
    {
        using var peer = Http1Peer.OfClient();
        peer.Opened();
        peer.Send(Ok);
        peer.App.Take();
        peer.Send(unasked).Told().Closes();
        Assert.Equal(isGoodbye, peer.Connection.Failure is null);
        Assert.Equal(isGoodbye ? 0 : 1, peer.Violations[ProtocolViolation.ConnectionError]);
    }

    [Fact]
    public void What_comes_behind_an_answer_is_not_the_answer_to_the_next_request()
    {
        using var peer = Http1Peer.OfClient();
        var closed = 0;
        peer.App.OnCapacityDo = connection =>
        {
            if (connection.CanOpen)
            {
                peer.Open("GET");
            }
        };
        peer.App.OnClosedDo = _ => closed++;
        peer.Opened();
        peer.Send(Ok + Ok).Told("response 1 200 content-length=2", "data 1 hi end").Closes();
        Assert.Equal(1, closed);
        Assert.Equal(1, peer.Violations[ProtocolViolation.ConnectionError]);
    }

    [Fact]
    public void What_comes_before_a_request_has_left_is_not_its_answer_and_the_request_was_not_processed()
    {
        using var peer = Http1Peer.OfClient();
        peer.Opened();
        peer.Send(Ok);
        peer.App.Take();
        peer.Open();
        peer.Send("HTTP/1.1 408 Request Timeout\nconnection: close\n\n").Told("reset 2 NO_ERROR ConnectFailed").Reads("");
        Assert.True(peer.App.LastReset.NotProcessed);
    }

    [Fact]
    public void An_answer_may_come_while_the_request_is_still_sent_and_both_end()
    {
        using var peer = Http1Peer.OfClient();
        var stream = peer.Open("POST", end: false);
        Http1Peer.Write(stream, "one");
        peer.Turn();
        peer.Reads("POST / HTTP/1.1\nhost: a\ntransfer-encoding: chunked\n\n3\none\n");
        peer.Send(Ok).Told("response 1 200 content-length=2", "data 1 hi end");
        Assert.False(peer.Connection.CanOpen);
        Http1Peer.Write(stream, "two", end: true);
        peer.Turn();
        peer.Reads("3\ntwo\n0\n\n");
        Assert.True(peer.Connection.CanOpen);
    }

    [Fact]
    public void What_comes_behind_an_early_answer_ends_the_connection_with_its_request()
    {
        using var peer = Http1Peer.OfClient();
        var stream = peer.Opened("POST", end: false);
        peer.Send(Ok + "HTTP/1.1 200").Told("response 1 200 content-length=2", "data 1 hi end");
        Http1Peer.Write(stream, "two", end: true);
        peer.Turn();
        peer.Reads("3\ntwo\n0\n\n").Closes();
    }

    [Fact]
    public void An_upload_that_is_answered_and_closed_amid_it_has_its_answer()
    {
        using var peer = Http1Peer.OfClient();
        peer.Opened("POST", end: false, "content-length: 50000000");
        peer.Send("HTTP/1.1 413 Content Too Large\ncontent-length: 2\nconnection: close\n\nno").Told("response 1 413 content-length=2", "data 1 no end");
        peer.Stream.Reset(ErrorCode.NoError);
        peer.Turn();
        peer.Told();
        Assert.Null(peer.Connection.Failure);
    }

    [Fact]
    public void A_request_with_trailers_is_sent_in_chunks()
    {
        using var peer = Http1Peer.OfClient();
        var stream = peer.Open("POST", end: false, "te: trailers");
        Http1Peer.Write(stream, "hello");
        stream.WriteTrailers(ScriptedPeer.List("x-sum: 7"));
        peer.Turn();
        peer.Reads("POST / HTTP/1.1\nhost: a\nte: trailers\ntransfer-encoding: chunked\nconnection: te\n\n5\nhello\n0\nx-sum: 7\n\n");
    }

    [Fact]
    public void A_request_that_is_shorter_than_promised_is_cut_off_and_told()
    {
        using var peer = Http1Peer.OfClient();
        var stream = peer.Open("POST", end: false, "content-length: 5");
        Http1Peer.Write(stream, "hi", end: true);
        peer.Turn();
        peer.IsCut().Told("reset 1 INTERNAL_ERROR ConnectionClosed");
    }

    [Fact]
    public void A_call_that_is_given_up_takes_its_connection_with_it_and_nobody_is_blamed()
    {
        using var peer = Http1Peer.OfClient();
        peer.Opened().Reset(ErrorCode.Cancel);
        Assert.False(peer.Connection.CanOpen);
        peer.Turn();
        peer.IsCut().Told();
        Assert.True(peer.Connection is { Failure: null, HasServed: true });
    }

    [Theory]
    [InlineData("oops\n\n")]
    [InlineData("HTTP/2.0 200 OK\n\n")]
    [InlineData("HTTP/1.1 200 OK\ncontent-length: 1\ncontent-length: 2\n\n")]
    [InlineData("HTTP/1.1 200 OK\ntransfer-encoding: chunked\n\noops\n")]
    [InlineData("HTTP/1.1 200 OK\ntransfer-encoding: chunked\n\n5;a\u0000\n")]
    public void An_answer_that_is_none_ends_the_connection(string answer)
    {
        using var peer = Http1Peer.OfClient();
        peer.Opened();
        peer.App.OnResetDo = stream => Assert.False(peer.Connection.CanOpen);
        peer.Send(answer).IsCut();
        Assert.Equal("reset 1 PROTOCOL_ERROR Violation", peer.App.Take()[^1]);
        Assert.Equal(1, peer.Violations[ProtocolViolation.MalformedMessage]);
        Assert.NotNull(peer.Connection.Failure);
    }

    [Theory]
    [InlineData(ChannelEnd.EndOfStream)]
    [InlineData(ChannelEnd.Reset)]
    public void Who_is_told_of_a_loss_does_not_find_the_connection_free(ChannelEnd end)
    {
        using var peer = Http1Peer.OfClient();
        peer.Opened();
        peer.App.OnResetDo = stream => Assert.False(peer.Connection.CanOpen || peer.Connection.IsReady);
        peer.End(end).Told("reset 1 NO_ERROR ConnectionLost");
    }

    [Fact]
    public void A_connection_that_does_not_come_about_has_never_been_ready()
    {
        using var peer = Http1Peer.Unconnected();
        Assert.True(peer.Connection is { IsReady: false, WasReady: false, CanOpen: false, IsConnected: false });
        peer.End(ChannelEnd.ConnectFailed);
        Assert.True(peer.Connection is { IsDead: true, WasReady: false, IsOutOfDescriptors: false });
        Assert.Equal("connection refused or unreachable", peer.Connection.Failure);
    }

    [Fact]
    public void Want_of_descriptors_is_told_as_that()
    {
        using var peer = Http1Peer.Unconnected();
        peer.End(ChannelEnd.OutOfDescriptors);
        Assert.True(peer.Connection is { IsDead: true, IsOutOfDescriptors: true });
    }

    [Fact]
    public void A_connection_that_is_given_up_before_it_has_come_about_is_told_at_once()
    {
        using var peer = Http1Peer.Unconnected();
        peer.Connection.Abort(ErrorCode.NoError, "another was faster");
        Assert.True(peer.App.ConnectionClosed && peer.Channel.IsClosed);
        Assert.Equal("another was faster", peer.Connection.Failure);
    }

    [Fact]
    public void A_connection_that_is_ended_at_once_tells_its_stream()
    {
        using var peer = Http1Peer.OfClient();
        peer.Opened();
        peer.Connection.Abort(ErrorCode.InternalError, "enough");
        peer.Turn();
        peer.Told("reset 1 INTERNAL_ERROR ConnectionClosed").IsCut();
    }

    [Fact]
    public void Room_is_told_once_it_is_there_and_when_an_answer_has_ended()
    {
        using var peer = Http1Peer.Unconnected();
        List<bool> told = [];
        peer.App.OnCapacityDo = connection => told.Add(connection.CanOpen);
        peer.Accept();
        peer.Opened();
        Assert.Equal([true], told);
        peer.Send(Ok);
        Assert.Equal([true, true], told);
        MessageStream _ = peer.Opened();
        peer.Send("HTTP/1.1 200 OK\ncontent-length: 0\nconnection: close\n\n");
        Assert.Equal([true, true], told);
        Assert.True(peer.App.ConnectionClosed);
    }
}
