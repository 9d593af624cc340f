using Mesh.Conformance.Peer;
using Mesh.Wire.Http2.Frames;
using Mesh.Wire.Streams;

namespace Mesh.Conformance;

public sealed class Rfc9113_6_9_FlowControlTests
{
    [Fact]
    public void We_send_no_more_than_the_streams_window()
    {
        var peer = ScriptedPeer.OfClient(settings: (4, 1));
        var stream = peer.Opened(end: false);
        Assert.Equal(1, stream.Write("abc"u8, endStream: true));
        peer.Turn();
        peer.Reads("DATA 1 1");
        Assert.Equal(2, stream.PendingBytes);
        peer.Send(Frames.WindowUpdate(1, 1));
        peer.Reads("DATA 1 1");
        peer.Send(Frames.WindowUpdate(1, 5));
        peer.Reads("DATA 1 1 end");
    }

    [Fact]
    public void We_send_no_more_than_the_connections_window_and_share_it_fairly()
    {
        var peer = ScriptedPeer.OfClient(settings: (4, 1_000_000));
        var streams = Enumerable.Range(0, 4).Select(_ => peer.Opened(end: false)).ToArray();
        foreach (var stream in streams)
        {
            stream.Write(new byte[100_000], endStream: true);
        }

        peer.Turn();
        peer.TakeFrames();
        Assert.Equal(65_535, peer.DataBytes.Values.Sum());
        for (var i = 0; i < 3; i++)
        {
            peer.Send(Frames.WindowUpdate(0, 65_536));
            // Sixteen KiB each, in turn: nobody starves.
            Assert.Equal(4, peer.TakeFrames().Select(f => f.Split(' ')[1]).Distinct().Count());
        }

        peer.Send(Frames.WindowUpdate(0, 1_000_000));
        peer.TakeFrames();
        Assert.All(peer.DataBytes.Values, bytes => Assert.Equal(100_000, bytes));
    }

    [Fact]
    public void Who_writes_later_does_not_overtake_those_that_wait_for_the_connections_window()
    {
        var peer = ScriptedPeer.OfClient(settings: (4, 1_000_000));
        var first = peer.Opened(end: false);
        first.Write(new byte[80_000], endStream: true);
        peer.Turn();
        peer.TakeFrames();
        var second = peer.Opened(end: false);
        peer.Channel.Receive(Frames.WindowUpdate(0, 1000)); // the turn goes on
        Assert.Equal(0, second.Write(new byte[5000], endStream: true));
        peer.Turn();
        peer.Reads("DATA 1 1000");
    }

    [Fact]
    public void An_end_without_data_needs_no_window()
    {
        var peer = ScriptedPeer.OfClient(settings: (4, 1_000_000));
        peer.Opened(end: false).Write(new byte[80_000], endStream: false);
        var second = peer.Open(end: false);
        second.Write(default(ReadOnlySpan<byte>), endStream: true);
        var third = peer.Open(end: false);
        third.WriteTrailers(ScriptedPeer.List("a: b"));
        peer.Turn();
        Assert.Equal(["DATA 3 0 end", "HEADERS 5 a=b end"], peer.TakeFrames().Where(f => f.EndsWith("end", StringComparison.Ordinal)));
    }

    [Fact]
    public void Of_several_initial_windows_in_one_frame_the_last_one_holds()
    {
        var peer = ScriptedPeer.OfServer();
        peer.Send(Frames.Get(1), Frames.Settings((4, 100), (4, int.MaxValue), (4, 1)));
        peer.TakeFrames();
        peer.App[1].WriteHeaders(ScriptedPeer.List(":status: 200"), endStream: false);
        Assert.Equal(1, peer.App[1].Write("abc"u8, endStream: true));
        peer.Turn();
        peer.Reads("HEADERS 1 :status=200", "DATA 1 1");
    }

    [Fact]
    public void A_lowered_initial_window_may_make_one_negative_and_raised_again_lets_go_on()
    {
        var peer = ScriptedPeer.OfClient(settings: (4, 100));
        var stream = peer.Opened(end: false);
        stream.Write(new byte[200], endStream: true);
        peer.Turn();
        peer.Reads("DATA 1 100");
        peer.Send(Frames.Setting(SettingId.InitialWindowSize, 40)); // -60
        peer.Reads("SETTINGS ack");
        peer.Send(Frames.WindowUpdate(1, 60)); // 0
        peer.Reads();
        peer.Send(Frames.WindowUpdate(1, 10));
        peer.Reads("DATA 1 10");
        peer.Send(Frames.Setting(SettingId.InitialWindowSize, 60));
        peer.Reads("SETTINGS ack", "DATA 1 20");
        peer.Send(Frames.Setting(SettingId.InitialWindowSize, 1000));
        peer.Reads("SETTINGS ack", "DATA 1 70 end");
    }

    [Fact]
    public void A_window_lowered_while_its_stream_is_in_line_holds_it_back()
    {
        var peer = ScriptedPeer.OfClient(settings: (4, 200_000));
        var stream = peer.Opened(end: false);
        stream.Write(new byte[150_000], endStream: true); // the connection's window is used up, the stream stays in line
        peer.Turn();
        peer.TakeFrames();
        peer.Send(Frames.Setting(SettingId.InitialWindowSize, 0));
        peer.Send(Frames.WindowUpdate(0, 1_000_000));
        peer.Reads("SETTINGS ack");
        peer.Send(Frames.Setting(SettingId.InitialWindowSize, 1_000_000));
        peer.TakeFrames();
        Assert.Equal(150_000, peer.DataBytes[1]);
    }

    [Fact]
    public void A_window_above_the_maximum_is_an_error_of_its_stream_or_of_the_connection()
    {
        var peer = ScriptedPeer.OfServer();
        peer.Send(Frames.Post(1), Frames.WindowUpdate(1, int.MaxValue));
        peer.Told("request 1 POST /", "reset 1 FLOW_CONTROL_ERROR Violation").Reads("RST_STREAM 1 FLOW_CONTROL_ERROR");
        peer.Send(Frames.WindowUpdate(0, int.MaxValue));
        peer.Fails("FLOW_CONTROL_ERROR");
    }

    [Fact]
    public void An_initial_window_that_makes_a_streams_pass_the_maximum_ends_the_connection()
    {
        var peer = ScriptedPeer.OfServer();
        peer.Send(Frames.Post(1), Frames.WindowUpdate(1, 10_000), Frames.Setting(SettingId.InitialWindowSize, int.MaxValue));
        peer.Fails("FLOW_CONTROL_ERROR");
    }

    [Fact]
    public void The_window_may_be_filled_to_the_maximum()
    {
        var peer = ScriptedPeer.OfServer();
        peer.Send(Frames.Post(1), Frames.WindowUpdate(1, int.MaxValue - 65_535), Frames.WindowUpdate(0, int.MaxValue - 65_535));
        peer.GoesOn();
    }

    [Fact]
    public void Data_beyond_the_streams_window_resets_it_and_its_bytes_go_back_to_the_connection_once()
    {
        var peer = ScriptedPeer.OfServer(new WireOptions { StreamWindow = 65_535, ConnectionWindow = 131_072 });
        peer.App.ReturnsCredit = false;
        for (uint id = 1; id < 400; id += 2)
        {
            peer.Send(Frames.Post(id), Frames.Data(id, 16_384), Frames.Data(id, 16_384), Frames.Data(id, 16_384), Frames.Data(id, 16_384));
            peer.Told($"request {id} POST /", "data *", $"reset {id} FLOW_CONTROL_ERROR Violation");
        }

        peer.GoesOn();
        AssertWindowIsWhole(peer, 131_072, nextId: 401);
    }

    [Fact]
    public void Data_beyond_the_connections_window_ends_the_connection() =>
        AssertWindowIsWhole(ScriptedPeer.OfServer(new WireOptions { ConnectionWindow = 65_535, StreamWindow = 65_535 }), 65_535, nextId: 1);

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Streams_whose_data_nobody_takes_do_not_stop_the_others(bool server)
    {
        var peer = ScriptedPeer.Of(server, new WireOptions { MaxConcurrentStreams = 1000 });
        peer.Send(Frames.SettingsAck);
        peer.App.ReturnsCredit = false;
        for (uint id = 1; id <= 2 * 70; id += 2)
        {
            Begin(peer, server, id);
            Fill(peer, id, 256 * 1024);
        }

        Assert.Equal(70 * 256 * 1024, peer.Connection.HeldBytes);
        Assert.False(peer.Connection.IsStalled);
        peer.App.ReturnsCredit = true;
        Begin(peer, server, 201);
        for (var megabytes = 0; megabytes < 50; megabytes++)
        {
            Fill(peer, 201, 1024 * 1024);
        }

        peer.GoesOn();
        Assert.Equal(70 * 256 * 1024, peer.Connection.HeldBytes);
    }

    [Fact]
    public void Beyond_four_windows_that_nobody_takes_the_connection_stands_still_until_some_of_it_is()
    {
        var peer = ScriptedPeer.OfServer(new WireOptions { StreamWindow = 65_535, ConnectionWindow = 65_535 });
        peer.Send(Frames.SettingsAck);
        peer.App.ReturnsCredit = false;
        for (uint id = 1; !peer.Connection.IsStalled; id += 2)
        {
            peer.Send(Frames.Post(id), Frames.Data(id, Math.Min(16_384, peer.Connection.State.Windows.ConnectionCredit.Left)));
        }

        Assert.InRange(peer.Connection.HeldBytes, (4 * 65_535) - 8192, 4 * 65_535);
        var told = 0;
        peer.App.OnCapacityDo = _ => told++;
        peer.App[1].ReturnCredit(16_384);
        peer.Turn();
        Assert.False(peer.Connection.IsStalled);
        Assert.Equal(1, told);
        Assert.Contains(peer.TakeFrames(), f => f.StartsWith("WINDOW_UPDATE 0 ", StringComparison.Ordinal));
    }

    [Fact]
    public void A_peer_is_given_more_only_for_what_has_found_a_place()
    {
        var peer = ScriptedPeer.OfServer(new WireOptions { StreamWindow = 65_536, ConnectionWindow = 1_000_000 });
        peer.App.ReturnsCredit = false;
        peer.Send(Frames.Post(1), Frames.Data(1, 16_384), Frames.Data(1, 16_384), Frames.Data(1, 16_384), Frames.Data(1, 16_384));
        peer.Reads();
        var stream = peer.App[1];
        stream.ReturnCredit(32_767);
        peer.Turn();
        peer.Reads();
        stream.ReturnCredit(1);
        peer.Turn();
        peer.Reads("WINDOW_UPDATE 1 32768");
        peer.Send(Frames.Data(1, 16_384), Frames.Data(1, 16_384), Frames.Data(1, 1));
        peer.Reads("RST_STREAM 1 FLOW_CONTROL_ERROR");
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(5)]
    public void However_a_stream_ends_the_connection_gets_all_its_credit_back(int how)
    {
        var peer = ScriptedPeer.OfServer(new WireOptions { StreamWindow = 65_535, ConnectionWindow = 200_000 });
        peer.App.ReturnsCredit = how == 5;
        var chunk = 0;
        peer.App.OnDataDo = stream =>
        {
            if (how == 0 && ++chunk % 2 == 0)
            {
                stream.Reset(ErrorCode.Cancel); // in the middle of a frame
            }
            else if (how == 4)
            {
                stream.ReturnCredit(7);
            }
        };
        for (uint id = 1; id < 200; id += 2)
        {
            peer.Send(Frames.Headers(id, how == 3 ? HeaderBlock.PostWith("content-length: 5") : HeaderBlock.Post));
            var frame = Frames.PaddedData(id, new string('x', 9_000), 200, end: how == 1);
            peer.Send(frame[..3000]);
            peer.Send(frame[3000..]);
            if (how == 2)
            {
                peer.Send(Frames.RstStream(id, ErrorCode.Cancel));
            }
            else if (how is 4 or 5)
            {
                peer.App[(int)id].Reset(ErrorCode.Cancel);
                peer.Turn();
            }
            else if (how == 1)
            {
                peer.App[(int)id].WriteHeaders(ScriptedPeer.List(":status: 200"), endStream: true);
                peer.Turn();
            }
        }

        Assert.Empty(peer.Faults);
        AssertWindowIsWhole(peer, 200_000, nextId: 201);
    }

    [Fact]
    public void A_stalled_peer_makes_us_hold_no_more_than_was_written()
    {
        var peer = ScriptedPeer.OfServer();
        peer.Send(Frames.Setting(SettingId.InitialWindowSize, 0));
        for (uint id = 1; id < 100; id += 2)
        {
            peer.Send(Frames.Get(id));
            peer.App[(int)id].WriteHeaders(ScriptedPeer.List(":status: 200"), endStream: false);
            Assert.Equal(0, peer.App[(int)id].Write(new byte[10_000], endStream: true));
        }

        Assert.Equal(50, peer.Loop.Segments.InUse - (peer.Connection.OutputLength > 0 ? 1 : 0));
        peer.Connection.Streams.ForEach((stream, _) => stream.Reset(ErrorCode.Cancel), 0);
        peer.Turn();
        peer.TakeFrames();
        peer.HoldsNothing();
    }

    [Fact]
    public void A_channel_that_blocks_holds_the_data_back_with_the_streams()
    {
        var peer = ScriptedPeer.OfClient(settings: (4, int.MaxValue));
        peer.Send(Frames.WindowUpdate(0, 1 << 30));
        peer.Channel.Room = 0;
        var sent = 0;
        peer.App.OnSentDo = (_, n) => sent += n;
        var stream = peer.Open(end: false);
        var now = stream.Write(new byte[2_000_000], endStream: true);
        peer.Turn();
        Assert.InRange(peer.Connection.OutputLength, peer.Options.OutputHighWater, peer.Options.OutputHighWater + 20_000);
        Assert.Equal(2_000_000, stream.PendingBytes + now);
        peer.Channel.Room = int.MaxValue;
        peer.Channel.RequestFlush();
        peer.Turn();
        peer.TakeFrames();
        Assert.Equal(2_000_000, peer.DataBytes[1]);
        Assert.Equal(2_000_000, sent + now);
    }

    [Fact]
    public void What_a_handler_writes_when_it_hears_that_more_was_sent_goes_out_behind_it()
    {
        var peer = ScriptedPeer.OfClient(settings: (4, 10));
        var left = 5;
        peer.App.OnSentDo = (stream, n) =>
        {
            if (left-- > 0)
            {
                stream.Write(new byte[n], endStream: left == 0);
            }
        };
        peer.Opened(end: false).Write(new byte[30], endStream: false);
        for (var i = 0; i < 20; i++)
        {
            peer.Send(Frames.WindowUpdate(1, 7));
        }

        Assert.Equal("DATA 1 * end".Split('*')[1], peer.TakeFrames()[^1][^4..]);
        Assert.Empty(peer.Faults);
        Assert.True(peer.App[1].LocalEnded);
    }

    private static void Begin(ScriptedPeer peer, bool server, uint id)
    {
        if (server)
        {
            peer.Send(Frames.Post(id));
            return;
        }

        while (peer.Opened().Id != id)
        {
        }

        peer.Send(Frames.Ok(id));
    }

    private static void Fill(ScriptedPeer peer, uint id, int bytes)
    {
        for (var sent = 0; sent < bytes; sent += 16 * 1024)
        {
            peer.Send(Frames.Data(id, 16 * 1024));
        }
    }

    /// <summary>Nothing is held: the peer can send just as much again as a connection holds.</summary>
    private static void AssertWindowIsWhole(ScriptedPeer peer, int window, uint nextId)
    {
        // What comes is told in halves of the window; so the peer has more than half of it.
        peer.App.OnDataDo = null;
        peer.App.ReturnsCredit = false;
        var (left, held) = peer.Connection.State.Windows.ConnectionCredit;
        Assert.Equal(0, held);
        Assert.InRange(left, window / 2, window);
        peer.Send(Frames.SettingsAck);
        // What comes may come again, up to four windows that nobody takes.
        for (; !peer.Connection.IsStalled; nextId += 2)
        {
            peer.Send(Frames.Post(nextId), Frames.Data(nextId, Math.Min(16_384, peer.Connection.State.Windows.ConnectionCredit.Left)));
        }

        Assert.InRange(peer.Connection.HeldBytes, (4L * window) - 8192, 4L * window);
        peer.GoesOn();
        var last = peer.Connection.State.Windows.ConnectionCredit.Left;
        peer.Send(Frames.Post(nextId), Frames.Data(nextId, last + 1));
        peer.Fails("FLOW_CONTROL_ERROR");
    }
}
