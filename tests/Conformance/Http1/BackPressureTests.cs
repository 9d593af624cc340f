using Mesh.Wire.Http2.Frames;
using Mesh.Wire.Streams;

namespace Mesh.Conformance.Http1;

/// <summary>What one side does not take the other does not go on sending, in each role: HTTP/1.1 has no windows but TCP's.</summary>
public sealed class BackPressureTests
{
    private const int MostRead = 64 * 1024;

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_body_that_nobody_takes_is_not_read_beyond_the_window(bool server)
    {
        using var peer = Begin(server);
        peer.App.ReturnsCredit = false;
        peer.Send(new byte[1_000_000]);
        var window = peer.Options.StreamWindow;
        Assert.InRange(peer.App.DataBytes, window, window + MostRead);
        Assert.Equal(peer.App.DataBytes, peer.Connection.HeldBytes);
        Assert.True(peer.Channel.IsPaused);
        var first = (int)peer.App.DataBytes;
        peer.Stream.ReturnCredit(first - (window / 2) - 1);
        peer.Turn();
        Assert.Equal(first, peer.App.DataBytes);
        peer.Stream.ReturnCredit(1);
        peer.Turn();
        Assert.InRange(peer.App.DataBytes, first + (window / 2), first + (window / 2) + MostRead);
        peer.App.ReturnsCredit = true;
        peer.Stream.ReturnCredit((int)peer.Connection.HeldBytes);
        peer.Turn();
        Assert.Equal(1_000_000, peer.App.DataBytes);
        Assert.False(peer.Channel.IsPaused);
    }

    [Fact]
    public void A_loop_that_is_short_of_memory_reads_less()
    {
        using var peer = Begin(server: true);
        peer.App.ReturnsCredit = false;
        peer.Loop.Segments.Budget = 1_000_000;
        var held = new Wire.Buffers.ByteQueue(peer.Loop.Segments);
        held.Append(new byte[1_500_000]);
        Assert.True(peer.Loop.Segments.IsTight);
        peer.Send(new byte[16 * 1024]);
        Assert.True(peer.Channel.IsPaused);
        Assert.Equal(16 * 1024, peer.App.DataBytes);
        held.Clear();
    }

    [Fact]
    public void The_end_of_a_body_that_fills_the_window_leaves_the_connection_readable()
    {
        using var peer = Http1Peer.OfServer();
        peer.App.ReturnsCredit = false;
        var window = peer.Options.StreamWindow;
        peer.Send($"POST / HTTP/1.1\nhost: a\ncontent-length: {window}\n\n").Send(new byte[window]);
        Assert.False(peer.Channel.IsPaused);
        peer.End(Wire.Transport.ChannelEnd.Reset);
        Assert.Equal("reset 1 NO_ERROR ConnectionLost", peer.App.Take()[^1]);
    }

    [Fact]
    public void The_next_request_comes_though_nobody_has_returned_the_bytes_of_the_last()
    {
        using var peer = Http1Peer.OfServer();
        peer.App.ReturnsCredit = false;
        peer.Send("POST / HTTP/1.1\nhost: a\ncontent-length: 1000000\n\n").Send(new byte[400_000]);
        Assert.True(peer.Channel.IsPaused);
        Http1Peer.Head(peer.Stream, "100");
        peer.Stream.ReturnCredit((int)peer.Connection.HeldBytes);
        peer.App.OnEndDo = stream => Http1Peer.Answer(stream, "200", "1");
        peer.App.ReturnsCredit = true;
        peer.Send(new byte[600_000]).Send("GET /next HTTP/1.1\nhost: a\n\n");
        Assert.Equal("request 2 GET /next end", peer.App.Take()[^1]);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void What_is_written_to_a_full_output_is_told_when_it_goes_each_byte_once(bool server)
    {
        using var peer = server ? Http1Peer.OfServer() : Http1Peer.OfClient();
        peer.Channel.Room = 0;
        var told = 0;
        peer.App.OnSentDo = (_, bytes) => told += bytes;
        if (server)
        {
            peer.Send("GET / HTTP/1.1\nhost: a\n\n");
            Http1Peer.Head(peer.Stream, "200");
        }
        else
        {
            peer.Open("POST", end: false);
        }

        var piece = new byte[10_000];
        var high = peer.Options.OutputHighWater;
        var atOnce = 0;
        for (var i = 0; i < 40; i++)
        {
            atOnce += peer.Stream.Write(piece, endStream: i == 39);
            peer.Turn();
        }

        Assert.InRange(atOnce, high - 10_000, high + 10_000);
        Assert.Equal(400_000 - atOnce, peer.Stream.PendingBytes);
        Assert.Equal(0, told);
        Assert.False(peer.Stream.LocalEnded);
        peer.Grant(peer.Connection.OutputLength - high);
        Assert.Equal(0, told);
        peer.Grant(1);
        Assert.Equal(400_000, atOnce + told);
        if (!server)
        {
            Assert.True(peer.Stream.LocalEnded);
            Assert.Equal(0, peer.Stream.PendingBytes);
        }

        peer.Grant(int.MaxValue);
        Assert.Equal(400_000, atOnce + told);
        Assert.EndsWith("\r\n0\r\n\r\n", peer.Take(), StringComparison.Ordinal);
        Assert.Equal(server ? 0 : 1, peer.Connection.OpenStreams);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void An_end_that_carries_no_bytes_comes_though_the_output_is_full(bool withTrailers)
    {
        using var peer = Http1Peer.OfServer();
        peer.Channel.Room = 0;
        peer.Send("GET / HTTP/1.1\nhost: a\n\n");
        Http1Peer.Head(peer.Stream, "200");
        peer.Stream.Write(new byte[peer.Options.OutputHighWater], endStream: false);
        peer.Turn();
        if (withTrailers)
        {
            peer.Stream.WriteTrailers(Peer.ScriptedPeer.List("a: b"));
        }
        else
        {
            peer.Stream.Write(default(ReadOnlySpan<byte>), endStream: true);
        }

        peer.Grant(int.MaxValue);
        Assert.EndsWith(withTrailers ? "\r\n0\r\na: b\r\n\r\n" : "\r\n0\r\n\r\n", peer.Take(), StringComparison.Ordinal);
        peer.GoesOn();
    }

    [Fact]
    public void Nothing_is_told_of_what_was_written_to_a_stream_that_is_gone()
    {
        using var peer = Http1Peer.OfServer();
        peer.Channel.Room = 0;
        var told = 0;
        peer.App.OnSentDo = (_, bytes) => told += bytes;
        peer.Send("GET / HTTP/1.1\nhost: a\n\n");
        Http1Peer.Head(peer.Stream, "200");
        peer.Stream.Write(new byte[300_000], endStream: false);
        peer.Stream.Write(new byte[300_000], endStream: false);
        peer.Stream.Reset(ErrorCode.Cancel);
        peer.Grant(int.MaxValue);
        peer.IsCut();
        Assert.Equal(0, told);
    }

    [Fact]
    public void A_handler_that_goes_on_when_told_sends_all_of_a_long_answer()
    {
        using var peer = Http1Peer.OfServer(new WireOptions { OutputHighWater = 16 * 1024 });
        peer.Channel.Room = 5000;
        var left = 200;
        peer.App.OnSentDo = (stream, _) => Go(stream);
        peer.Send("GET / HTTP/1.1\nhost: a\n\n");
        Http1Peer.Head(peer.Stream, "200", "content-length: 2000000");
        Go(peer.Stream);
        var most = 0;
        for (var i = 0; i < 1000 && peer.Connection.OpenStreams > 0; i++)
        {
            most = Math.Max(most, peer.Connection.OutputLength);
            peer.Grant(5000);
        }

        peer.Grant(int.MaxValue);
        Assert.Equal(2_000_000, peer.Take().Split("\r\n\r\n")[1].Length);
        Assert.InRange(most, 1, 40_000);
        peer.GoesOn();

        void Go(Wire.Streams.MessageStream stream)
        {
            while (left > 0 && stream.Write(new byte[10_000], endStream: --left == 0) > 0)
            {
            }
        }
    }

    private static Http1Peer Begin(bool server)
    {
        var peer = server ? Http1Peer.OfServer() : Http1Peer.OfClient();
        if (server)
        {
            peer.Send("POST / HTTP/1.1\nhost: a\ncontent-length: 2000000\n\n");
        }
        else
        {
            peer.Opened();
            peer.Send("HTTP/1.1 200 OK\ncontent-length: 2000000\n\n");
        }

        return peer;
    }
}
