using Mesh.Conformance.Peer;
using Mesh.Wire.Http2.Frames;
using Mesh.Wire.Streams;

namespace Mesh.Conformance;

/// <summary>RFC 9113 section 10.5: each known flood has a bound and a counter, and honest traffic stays below it.</summary>
public sealed class FloodTests
{
    public static TheoryData<string, byte[], ProtocolViolation> Floods => new()
    {
        { "settings", Frames.Settings(), ProtocolViolation.SettingsFlood },
        { "settings that move all windows up and down", Frames.Settings([.. Enumerable.Range(0, 2000).Select(i => (4, (uint)(i % 2 * 60_000)))]), ProtocolViolation.SettingsFlood },
        { "table sizes up and down", Frames.Settings((1, 0), (1, 4096), (1, 0), (1, 1 << 30)), ProtocolViolation.SettingsFlood },
        { "pings", Frames.Ping(), ProtocolViolation.PingFlood },
        { "empty data", Frames.Data(1, ""), ProtocolViolation.EmptyFrameFlood },
        { "padding alone", Frames.PaddedData(1, "", 3), ProtocolViolation.EmptyFrameFlood },
        { "priorities", Frames.Priority(1, 3), ProtocolViolation.PriorityFlood },
        { "priorities of streams that are not there", Frames.Priority(99, 3), ProtocolViolation.PriorityFlood },
        { "window updates of a stream", Frames.WindowUpdate(1, 1), ProtocolViolation.WindowUpdateFlood },
        { "window updates of a closed stream", Frames.WindowUpdate(3, 1), ProtocolViolation.WindowUpdateFlood },
        { "window updates of the connection", Frames.WindowUpdate(0, 1), ProtocolViolation.WindowUpdateFlood },
        { "resets of closed streams", Frames.RstStream(3, ErrorCode.Cancel), ProtocolViolation.RapidReset },
        { "frames of an unknown type", Frames.Raw(0x42, 0, 0, []), ProtocolViolation.StrayFrameFlood },
        { "answers to pings of which there were none", Frames.Ping(7, ack: true), ProtocolViolation.StrayFrameFlood },
        { "acknowledgements of settings of which there were none", Frames.SettingsAck, ProtocolViolation.StrayFrameFlood },
        { "goaways", Frames.GoAway(1, ErrorCode.NoError), ProtocolViolation.StrayFrameFlood },
        { "header blocks of a stream we have reset", Frames.Headers(5, []), ProtocolViolation.StrayFrameFlood },
        { "size updates of the table on a stream we have reset", Frames.Headers(5, [.. HeaderBlock.SizeUpdate(0), .. HeaderBlock.SizeUpdate(4096), .. HeaderBlock.Indexed("a", "b")]), ProtocolViolation.StrayFrameFlood },
    };

    [Theory]
    [MemberData(nameof(Floods))]
    public void A_flood_of_a_client_ends_with_a_code_and_a_count_and_leaves_others_alone(string what, byte[] frame, ProtocolViolation violation)
    {
        _ = what;
        var peer = BusyServer();
        var other = ScriptedPeer.Beside(peer);
        other.Send(Frames.Post(1), Frames.Data(1, "before"));
        peer.Send(20_000, frame);
        Assert.True(peer.Connection.IsDead);
        AssertCounts(peer, violation);
        other.Send(Frames.Data(1, " and after"));
        other.Told("request 1 POST /", "data 1 before and after");
        other.GoesOn();
        other.Send(Frames.RstStream(1, ErrorCode.Cancel));
        peer.Fails("ENHANCE_YOUR_CALM");
    }

    [Theory]
    [MemberData(nameof(Floods))]
    public void A_flood_of_a_server_ends_with_a_code_and_a_count(string what, byte[] frame, ProtocolViolation violation)
    {
        _ = what;
        var peer = BusyClient();
        peer.Send(20_000, frame);
        AssertCounts(peer, violation);
        peer.Fails("ENHANCE_YOUR_CALM");
    }

    [Theory]
    [MemberData(nameof(Floods))]
    public void A_normal_amount_goes_on_for_ever(string what, byte[] frame, ProtocolViolation violation)
    {
        _ = what;
        foreach (var peer in new[] { BusyServer(), BusyClient() })
        {
            for (var second = 0; second < 300; second++)
            {
                peer.Send(9, frame);
                peer.Advance(1);
                peer.TakeFrames();
            }

            Assert.Equal(0, peer.Violations[violation]);
            peer.GoesOn();
        }
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

    /// <summary>What makes us reset an open request (CVE-2025-8671 and its kin), with the streams' number to be put in.</summary>
    public static TheoryData<string, Func<uint, byte[]>> Provocations => new()
    {
        { "a window update of 0", id => Frames.WindowUpdate(id, 0) },
        { "a window above the maximum", id => Frames.WindowUpdate(id, int.MaxValue) },
        { "a priority of a wrong length", id => Frames.Raw(2, 0, id, new byte[4]) },
        { "a priority that depends on itself", id => Frames.Priority(id, id) },
        { "data after the end", id => [.. Frames.Data(id, "", end: true), .. Frames.Data(id, "x")] },
        { "headers after the end", id => [.. Frames.Data(id, "", end: true), .. Frames.Trailers(id, "a: b")] },
        { "an empty header block that does not end the stream", id => Frames.Headers(id, []) },
        { "trailers with a pseudo-header", id => Frames.Trailers(id, ":path: /") },
        { "trailers that are too large", id => Frames.Trailers(id, "a: " + new string('a', 5000)) },
        { "data beyond the stream's window", id => [.. Frames.Data(id, 16_384), .. Frames.Data(id, 16_384), .. Frames.Data(id, 16_384), .. Frames.Data(id, 16_384)] },
    };

    [Theory]
    [MemberData(nameof(Provocations))]
    public void Streams_we_are_made_to_reset_end_the_connection(string what, Func<uint, byte[]> provoke)
    {
        _ = what;
        var peer = ScriptedPeer.OfServer(new WireOptions { StreamWindow = 65_535, MaxHeaderListSize = 4096 });
        var other = ScriptedPeer.Beside(peer);
        peer.App.ReturnsCredit = false;
        for (uint id = 1; id < 4000 && !peer.Connection.IsDead; id += 2)
        {
            peer.Send(Frames.Post(id), provoke(id));
        }

        Assert.Equal(1, peer.Violations[ProtocolViolation.ProvokedReset]);
        other.GoesOn();
        peer.Fails("ENHANCE_YOUR_CALM");
    }

    [Theory]
    [MemberData(nameof(Provocations))]
    public void A_server_that_makes_us_reset_stream_after_stream_loses_the_connection(string what, Func<uint, byte[]> provoke)
    {
        _ = what;
        var peer = ScriptedPeer.OfClient(new WireOptions { StreamWindow = 65_535, MaxHeaderListSize = 4096 });
        peer.App.ReturnsCredit = false;
        for (uint id = 1; id < 4000 && !peer.Connection.IsDead; id += 2)
        {
            peer.Opened(end: false);
            peer.Send(Frames.Ok(id), provoke(id));
        }

        Assert.Equal(1, peer.Violations[ProtocolViolation.ProvokedReset]);
        peer.Fails("ENHANCE_YOUR_CALM");
    }

    [Theory]
    [InlineData(1, true)]
    [InlineData(100, true)]
    [InlineData(1, false)]
    public void A_window_that_grows_by_next_to_nothing_at_a_time_ends_the_connection(int step, bool ofStream)
    {
        var peer = ScriptedPeer.OfServer();
        peer.Send(Frames.Setting(SettingId.InitialWindowSize, ofStream ? 0u : int.MaxValue), Frames.Get(1));
        peer.App[1].WriteHeaders(ScriptedPeer.List(":status: 200"), endStream: false);
        peer.App[1].Write(new byte[10_000_000], endStream: true);
        for (var i = 0; i < 20_000 && !peer.Connection.IsDead; i++)
        {
            peer.Send(Frames.WindowUpdate(ofStream ? 1u : 0, (uint)step));
        }

        Assert.Equal(1, peer.Violations[ProtocolViolation.WindowUpdateFlood]);
        peer.Fails("ENHANCE_YOUR_CALM");
    }

    [Fact]
    public void A_peer_that_announces_every_message_of_a_stream_is_no_attacker()
    {
        var peer = ScriptedPeer.OfServer();
        peer.Send(Frames.Get(1));
        peer.App[1].WriteHeaders(ScriptedPeer.List(":status: 200"), endStream: false);
        for (var i = 0; i < 50_000; i++)
        {
            peer.App[1].Write("hello"u8, endStream: false);
            peer.Send(Frames.WindowUpdate(1, 5), Frames.WindowUpdate(0, 5));
        }

        peer.GoesOn();
    }

    [Fact]
    public void A_caller_that_cancels_much_may_have_its_servers_answers_in_flight()
    {
        var peer = ScriptedPeer.OfClient();
        for (uint id = 1; id < 40_000; id += 2)
        {
            peer.Opened().Reset(ErrorCode.Cancel);
            peer.Send(Frames.Ok(id), Frames.Data(id, "late"), Frames.Trailers(id, "grpc-status: 0"));
        }

        peer.GoesOn();
        peer.HoldsNothing();
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
        var peer = ScriptedPeer.OfServer(new WireOptions { MaxConcurrentStreams = 1 });
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

    /// <summary>One of this kind, and nothing else.</summary>
    private static void AssertCounts(ScriptedPeer peer, ProtocolViolation violation)
    {
        foreach (var kind in Enum.GetValues<ProtocolViolation>())
        {
            Assert.Equal((kind, kind == violation ? 1 : 0), (kind, peer.Violations[kind]));
        }
    }

    /// <summary>Stream 1 is open, the peer has reset 3, and we have reset 5.</summary>
    private static ScriptedPeer BusyServer()
    {
        var peer = ScriptedPeer.OfServer();
        peer.Send(Frames.Post(1), Frames.Post(3), Frames.RstStream(3, ErrorCode.Cancel), Frames.Post(5));
        peer.App[5].Reset(ErrorCode.Cancel);
        peer.Turn();
        return peer;
    }

    private static ScriptedPeer BusyClient()
    {
        var peer = ScriptedPeer.OfClient();
        peer.Opened(end: false);
        peer.Opened();
        peer.Opened().Reset(ErrorCode.Cancel);
        peer.Send(Frames.Ok(1), Frames.RstStream(3, ErrorCode.Cancel));
        return peer;
    }
}
