using Mesh.Conformance.Peer;
using Mesh.Http2.Connections;
using Mesh.Http2.Frames;

namespace Mesh.Conformance;

/// <summary>RFC 9113 section 10.5: each known flood has a bound and a counter, and honest traffic stays below it.</summary>
public sealed class FloodTests
{
    public static TheoryData<string, byte[], ProtocolViolation> Floods => new()
    {
        { "settings", Frames.Settings(), ProtocolViolation.SettingsFlood },
        { "pings", Frames.Ping(), ProtocolViolation.PingFlood },
        { "empty data", Frames.Data(1, ""), ProtocolViolation.EmptyFrameFlood },
        { "padding alone", Frames.PaddedData(1, "", 3), ProtocolViolation.EmptyFrameFlood },
        { "priorities", Frames.Priority(1, 3), ProtocolViolation.PriorityFlood },
        { "window updates of a stream", Frames.WindowUpdate(1, 1), ProtocolViolation.WindowUpdateFlood },
        { "window updates of the connection", Frames.WindowUpdate(0, 1), ProtocolViolation.WindowUpdateFlood },
        { "resets of closed streams", Frames.RstStream(3, ErrorCode.Cancel), ProtocolViolation.RapidReset },
    };

    [Theory]
    [MemberData(nameof(Floods))]
    public void A_flood_ends_with_a_code_and_a_count(string what, byte[] frame, ProtocolViolation violation)
    {
        _ = what;
        var peer = Busy();
        peer.Send(20_000, frame);
        Assert.Equal(1, peer.Violations[violation]);
        peer.Fails("ENHANCE_YOUR_CALM");
    }

    [Theory]
    [MemberData(nameof(Floods))]
    public void A_normal_amount_goes_on_for_ever(string what, byte[] frame, ProtocolViolation violation)
    {
        _ = what;
        var peer = Busy();
        for (var second = 0; second < 300; second++)
        {
            peer.Send(9, frame);
            peer.Advance(1);
            peer.TakeFrames();
        }

        Assert.Equal(0, peer.Violations[violation]);
        peer.GoesOn();
    }

    [Fact]
    public void Streams_opened_and_reset_at_once_end_the_connection()
    {
        var peer = ScriptedPeer.OfServer();
        for (uint id = 1; id < 4000 && !peer.Connection.IsDead; id += 2)
        {
            peer.Send(Frames.Get(id), Frames.RstStream(id, ErrorCode.Cancel));
        }

        Assert.Equal(1, peer.Violations[ProtocolViolation.RapidReset]);
        peer.Fails("ENHANCE_YOUR_CALM");
    }

    [Fact]
    public void A_client_that_cancels_one_call_in_two_is_no_attacker()
    {
        var peer = ScriptedPeer.OfServer();
        for (uint id = 1; id < 40_000; id += 4)
        {
            peer.Send(Frames.Post(id), Frames.RstStream(id, ErrorCode.Cancel), Frames.Get(id + 2));
            peer.App[(int)id + 2].WriteHeaders(ScriptedPeer.List(":status: 200"), endStream: true);
            peer.Turn();
        }

        peer.GoesOn();
    }

    [Fact]
    public void A_server_that_refuses_what_we_send_is_no_attacker()
    {
        var peer = ScriptedPeer.OfClient();
        for (uint id = 1; id < 10_000; id += 2)
        {
            peer.Opened();
            peer.Send(Frames.RstStream(id, ErrorCode.RefusedStream));
        }

        peer.GoesOn();
    }

    [Fact]
    public void Streams_we_are_made_to_reset_end_the_connection()
    {
        var peer = ScriptedPeer.OfServer();
        for (uint id = 1; id < 4000 && !peer.Connection.IsDead; id += 2)
        {
            peer.Send(Frames.Post(id), Frames.WindowUpdate(id, 0));
        }

        Assert.Equal(1, peer.Violations[ProtocolViolation.ProvokedReset]);
        peer.Fails("ENHANCE_YOUR_CALM");
    }

    [Fact]
    public void Malformed_requests_without_end_end_the_connection()
    {
        var peer = ScriptedPeer.OfServer();
        for (uint id = 1; id < 4000 && !peer.Connection.IsDead; id += 2)
        {
            peer.Send(Frames.Headers(id, HeaderBlock.Of("a: b"), end: true));
        }

        Assert.Equal(1, peer.Violations[ProtocolViolation.ProvokedReset]);
        peer.Fails("ENHANCE_YOUR_CALM");
    }

    [Fact]
    public void Requests_beyond_the_limit_without_end_end_the_connection()
    {
        var peer = ScriptedPeer.OfServer(new Http2Options { MaxConcurrentStreams = 1 });
        for (uint id = 1; id < 4000 && !peer.Connection.IsDead; id += 2)
        {
            peer.Send(Frames.Post(id));
        }

        peer.Fails("ENHANCE_YOUR_CALM");
    }

    [Fact]
    public void A_header_block_in_too_many_frames_ends_the_connection()
    {
        var peer = ScriptedPeer.OfServer();
        peer.Send(Frames.OpenHeaders(1, HeaderBlock.Get));
        peer.Send(1000, Frames.Continuation(1, [], last: false));
        Assert.Equal(1, peer.Violations[ProtocolViolation.ContinuationFlood]);
        peer.Fails("ENHANCE_YOUR_CALM");
    }

    [Fact]
    public void A_header_block_of_too_many_bytes_ends_the_connection_before_it_is_kept()
    {
        var peer = ScriptedPeer.OfServer();
        peer.Send(Frames.OpenHeaders(1, HeaderBlock.Get));
        peer.Send(9, Frames.Continuation(1, new byte[16_384], last: false));
        Assert.Equal(1, peer.Violations[ProtocolViolation.ContinuationFlood]);
        peer.Fails("ENHANCE_YOUR_CALM");
    }

    [Fact]
    public void Interim_responses_without_end_end_the_connection()
    {
        var peer = ScriptedPeer.OfClient();
        peer.Opened();
        peer.Send(2000, Frames.Headers(1, HeaderBlock.Of(":status: 103")));
        Assert.Equal(1, peer.Violations[ProtocolViolation.InterimFlood]);
        peer.Fails("ENHANCE_YOUR_CALM");
    }

    [Fact]
    public void Answers_that_are_not_read_are_not_kept_without_limit()
    {
        var peer = ScriptedPeer.OfServer();
        peer.Channel.Room = 0;
        var answer = ScriptedPeer.List(":status: 200", "x: " + new string('x', 3000));
        peer.App.OnRequestDo = stream => stream.WriteHeaders(answer, endStream: true);
        for (uint id = 1; id < 40_000 && !peer.Connection.IsDead; id += 2)
        {
            peer.Send(Frames.Get(id));
        }

        Assert.True(peer.Connection.IsDead);
        Assert.Equal(1, peer.Violations[ProtocolViolation.OutputFlood]);
        Assert.InRange(peer.Loop.Segments.InUse, 1, 270);
        peer.Advance(6);
        peer.HoldsNothing();
    }

    [Fact]
    public void The_pings_by_which_a_peer_measures_the_path_while_data_flows_are_answered()
    {
        var peer = ScriptedPeer.OfServer();
        peer.Send(Frames.Setting(SettingId.InitialWindowSize, int.MaxValue), Frames.WindowUpdate(0, 1_000_000_000), Frames.Get(1));
        peer.App[1].WriteHeaders(ScriptedPeer.List(":status: 200"), endStream: false);
        for (var i = 0; i < 20_000; i++)
        {
            peer.App[1].Write("x"u8, endStream: false);
            peer.Send(Frames.Ping());
        }

        peer.GoesOn();
    }

    [Fact]
    public void A_slow_header_block_is_cut_off()
    {
        var peer = ScriptedPeer.OfServer();
        peer.Send(Frames.OpenHeaders(1, HeaderBlock.Get));
        for (var i = 0; i < 11; i++)
        {
            peer.Send(Frames.Continuation(1, [], last: false));
            peer.Advance(1);
        }

        Assert.Equal(1, peer.Violations[ProtocolViolation.SlowPeer]);
        peer.Fails("ENHANCE_YOUR_CALM");
    }

    [Fact]
    public void A_slow_frame_is_cut_off()
    {
        var peer = ScriptedPeer.OfServer();
        foreach (var b in Frames.Get(1)[..11])
        {
            peer.Send([b]);
            peer.Advance(1);
        }

        Assert.Equal(1, peer.Violations[ProtocolViolation.SlowPeer]);
        peer.Fails("ENHANCE_YOUR_CALM");
    }

    [Fact]
    public void Slow_data_is_not_cut_off_nor_is_a_peer_whose_every_read_ends_within_a_frame()
    {
        var peer = ScriptedPeer.OfServer();
        peer.Send(Frames.Post(1), Frames.Data(1, 100)[..50]);
        peer.Advance(60);
        peer.Send(Frames.Data(1, 100)[50..]);
        var ping = Frames.Ping();
        peer.Send(ping[..5]);
        for (var i = 0; i < 60; i++)
        {
            peer.Send([.. ping[5..], .. ping[..5]]);
            peer.Advance(1);
        }

        peer.Send(ping[5..]);
        peer.TakeFrames();
        peer.GoesOn();
    }

    /// <summary>Stream 1 is open, 3 is closed.</summary>
    private static ScriptedPeer Busy()
    {
        var peer = ScriptedPeer.OfServer();
        peer.Send(Frames.Post(1), Frames.Get(3), Frames.RstStream(3, ErrorCode.Cancel));
        return peer;
    }
}
