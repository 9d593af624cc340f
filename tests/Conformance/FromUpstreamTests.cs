using Mesh.Conformance.Peer;
using Mesh.Wire.Http2.Frames;
using Mesh.Wire.Streams;
using Mesh.Wire.Transport;

namespace Mesh.Conformance;

/// <summary>What a server may do wrong, at every moment of a call: the caller is told once, and nothing is held or hangs.</summary>
public sealed class FromUpstreamTests
{
    /// <summary>How far stream 1 has come.</summary>
    public static TheoryData<string> Moments => ["opened", "interim", "head", "body", "within a frame"];

    [Theory]
    [MemberData(nameof(Moments))]
    public void A_reset_is_told_with_its_code(string moment)
    {
        var peer = At(moment, out var rest);
        peer.Send(rest, Frames.RstStream(1, ErrorCode.InternalError));
        Assert.Equal("reset 1 INTERNAL_ERROR Peer", peer.App.Take()[^1]);
        Assert.False(peer.App.LastReset.NotProcessed);
        peer.Reads();
        peer.GoesOn();
        peer.HoldsNothing();
    }

    [Theory]
    [MemberData(nameof(Moments))]
    public void A_goaway_below_the_stream_ends_it_as_not_processed(string moment)
    {
        var peer = At(moment, out var rest);
        peer.Send(rest, Frames.GoAway(0, ErrorCode.NoError));
        Assert.Equal("reset 1 REFUSED_STREAM GoAway", peer.App.Take()[^1]);
        Assert.True(peer.App.ConnectionClosed);
        peer.HoldsNothing();
    }

    [Theory]
    [MemberData(nameof(Moments))]
    public void A_goaway_above_the_stream_lets_it_finish(string moment)
    {
        var peer = At(moment, out var rest);
        peer.Send(rest, Frames.GoAway(1, ErrorCode.NoError));
        Assert.True(peer.Connection.IsUsedUp);
        Assert.False(peer.Connection.IsDead);
        peer.App.Take();
        peer.Send(moment is "opened" or "interim" ? Frames.Ok(1) : [], Frames.Data(1, "end", end: true));
        Assert.EndsWith("end end", peer.App.Take()[^1], StringComparison.Ordinal);
        Assert.True(peer.App.ConnectionClosed);
        peer.HoldsNothing();
    }

    [Theory]
    [MemberData(nameof(Moments))]
    public void A_goaway_in_the_middle_of_the_connections_streams_parts_them(string moment)
    {
        var peer = At(moment, out var rest);
        peer.Opened();
        peer.Send(rest, Frames.GoAway(1, ErrorCode.EnhanceYourCalm));
        Assert.Equal("reset 3 REFUSED_STREAM GoAway", peer.App.Take()[^1]);
        Assert.True(peer.App.LastReset.NotProcessed);
        Assert.Equal(1, peer.Connection.OpenStreams);
        peer.Send(Frames.RstStream(1, ErrorCode.Cancel));
        Assert.True(peer.App.ConnectionClosed);
        peer.HoldsNothing();
    }

    [Theory]
    [MemberData(nameof(Moments))]
    public void The_connections_end_is_told(string moment)
    {
        var peer = At(moment, out _);
        peer.Channel.End(moment == "head" ? ChannelEnd.Reset : ChannelEnd.EndOfStream);
        peer.Turn();
        Assert.Equal("reset 1 NO_ERROR ConnectionLost", peer.App.Take()[^1]);
        Assert.True(peer.App.ConnectionClosed);
        peer.HoldsNothing();
    }

    [Theory]
    [MemberData(nameof(Moments))]
    public void A_malformed_block_takes_the_connection_along(string moment)
    {
        var peer = At(moment, out var rest);
        peer.Send(rest, Frames.Headers(1, [0x80]));
        Assert.Equal("reset 1 COMPRESSION_ERROR Violation", peer.App.Take()[^1]);
        Assert.Equal(1, peer.Violations[ProtocolViolation.CompressionError]);
        peer.Fails("COMPRESSION_ERROR");
    }

    [Fact]
    public void A_goaway_before_the_settings_are_in_ends_the_connection()
    {
        var peer = ScriptedPeer.Silent(server: false);
        peer.Accept();
        peer.Open();
        peer.Send(Frames.GoAway(0, ErrorCode.NoError));
        peer.Told("reset 1 PROTOCOL_ERROR Violation");
        peer.Fails("PROTOCOL_ERROR");
    }

    [Fact]
    public void A_goaway_after_the_call_closes_the_connection()
    {
        var peer = Answered();
        peer.Send(Frames.GoAway(1, ErrorCode.NoError));
        Assert.True(peer.App.ConnectionClosed);
        Assert.Null(peer.Connection.Failure);
        peer.HoldsNothing();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Data_before_a_head_resets_the_stream(bool empty)
    {
        var peer = ScriptedPeer.OfClient();
        peer.Opened();
        peer.Send(Frames.Data(1, empty ? "" : "x", end: true));
        peer.Told("reset 1 PROTOCOL_ERROR Violation").Reads("RST_STREAM 1 PROTOCOL_ERROR");
        Assert.Equal(1, peer.Violations[ProtocolViolation.MalformedMessage]);
        peer.GoesOn();
        peer.HoldsNothing();
    }

    [Theory]
    [InlineData(":status: 200")]
    [InlineData(":path: /")]
    [InlineData("Upper: x")]
    [InlineData("connection: x")]
    [InlineData("a: b\0")]
    public void Malformed_trailers_reset_the_stream(string line)
    {
        var peer = At("body", out _);
        peer.Send(Frames.Trailers(1, line));
        peer.Told("reset 1 PROTOCOL_ERROR Violation").Reads("RST_STREAM 1 PROTOCOL_ERROR");
        Assert.Equal(1, peer.Violations[ProtocolViolation.MalformedMessage]);
        peer.GoesOn();
        peer.HoldsNothing();
    }

    [Theory]
    [InlineData("103")]
    [InlineData("200")]
    public void A_second_head_resets_the_stream(string status)
    {
        var peer = At("head", out _);
        peer.Send(Frames.Headers(1, HeaderBlock.Of(":status: " + status)));
        peer.Told("reset 1 PROTOCOL_ERROR Violation").Reads("RST_STREAM 1 PROTOCOL_ERROR");
        peer.GoesOn();
    }

    [Theory]
    [InlineData("3", "ab")]
    [InlineData("3", "abcd")]
    [InlineData("0", "a")]
    [InlineData("4", "")]
    public void A_response_longer_or_shorter_than_it_says_resets_the_stream(string length, string body)
    {
        foreach (var trailers in new[] { false, true })
        {
            var peer = ScriptedPeer.OfClient();
            peer.Opened();
            peer.Send(
                Frames.Headers(1, HeaderBlock.OkWith("content-length: " + length)),
                Frames.Data(1, body, end: !trailers),
                trailers ? Frames.Trailers(1, "grpc-status: 0") : []);
            Assert.Equal("reset 1 PROTOCOL_ERROR Violation", peer.App.Take()[^1]);
            Assert.Equal(1, peer.Violations[ProtocolViolation.MalformedMessage]);
            peer.Reads("RST_STREAM 1 PROTOCOL_ERROR");
            peer.GoesOn();
            peer.HoldsNothing();
        }
    }

    [Theory]
    [InlineData("HEAD", "200")]
    [InlineData("GET", "204")]
    [InlineData("GET", "304")]
    public void A_response_that_has_no_content_and_sends_some_resets_the_stream(string method, string status)
    {
        var peer = ScriptedPeer.OfClient();
        peer.App.Track(peer.Connection.Open(ScriptedPeer.List(":method: " + method, ":scheme: http", ":path: /"), true, peer.App));
        peer.Turn();
        peer.TakeFrames();
        peer.Send(Frames.Headers(1, HeaderBlock.Of(":status: " + status)), Frames.Data(1, "x"));
        Assert.Equal("reset 1 PROTOCOL_ERROR Violation", peer.App.Take()[^1]);
        peer.Reads("RST_STREAM 1 PROTOCOL_ERROR");
        peer.GoesOn();
    }

    [Fact]
    public void Headers_and_data_on_a_stream_that_has_ended_are_its_error_and_no_other_callers()
    {
        var peer = Answered();
        peer.Opened(end: false);
        peer.Send(Frames.Data(1, "x"), Frames.Ok(1), Frames.Trailers(1, "a: b"));
        peer.Reads("RST_STREAM 1 STREAM_CLOSED", "RST_STREAM 1 STREAM_CLOSED", "RST_STREAM 1 STREAM_CLOSED");
        Assert.Equal(3, peer.Violations[ProtocolViolation.StreamError]);
        peer.Send(Frames.Ok(3));
        peer.Told("response 3 200");
        peer.GoesOn();
    }

    [Fact]
    public void Frames_on_streams_that_have_ended_do_not_come_for_ever()
    {
        foreach (var frame in new[] { Frames.Data(1, "x"), Frames.Ok(1) })
        {
            var peer = Answered();
            peer.Send(2000, frame);
            Assert.Equal(1, peer.Violations[ProtocolViolation.ProvokedReset]);
            peer.Fails("ENHANCE_YOUR_CALM");
        }
    }

    [Theory]
    [InlineData(2u)]
    [InlineData(7u)]
    public void Frames_on_a_stream_we_have_not_opened_end_the_connection(uint id)
    {
        foreach (var frame in new[] { Frames.Ok(id), Frames.Data(id, "x"), Frames.RstStream(id, ErrorCode.Cancel), Frames.WindowUpdate(id, 1) })
        {
            var peer = ScriptedPeer.OfClient();
            peer.Opened();
            peer.Send(frame);
            peer.Fails("PROTOCOL_ERROR");
        }
    }

    public static TheoryData<string, byte[]> BrokenSequences => new()
    {
        { "priority within a block", [.. Frames.OpenHeaders(1, HeaderBlock.Ok[..4]), .. Frames.Priority(1, 3)] },
        { "another block within a block", [.. Frames.OpenHeaders(1, HeaderBlock.Ok[..4]), .. Frames.Ok(3)] },
        { "an unknown frame within a block", [.. Frames.OpenHeaders(1, HeaderBlock.Ok[..4]), .. Frames.Raw(0x42, 0, 1, [])] },
        { "another frame within a block that was continued", [.. Frames.OpenHeaders(1, HeaderBlock.Ok[..4]), .. Frames.Continuation(1, [], last: false), .. Frames.Ping()] },
        { "a continuation of another stream", [.. Frames.OpenHeaders(1, HeaderBlock.Ok[..4]), .. Frames.Continuation(3, [], last: true)] },
        { "a continuation on stream 0", [.. Frames.OpenHeaders(1, HeaderBlock.Ok[..4]), .. Frames.Continuation(0, [], last: true)] },
        { "a continuation of nothing", Frames.Continuation(1, [], last: true) },
        { "a continuation after a whole block", [.. Frames.Ok(1), .. Frames.Continuation(1, [], last: true)] },
        { "a continuation after the last one", [.. Frames.OpenHeaders(1, HeaderBlock.Ok), .. Frames.Continuation(1, [], last: true), .. Frames.Continuation(1, [], last: true)] },
        { "a continuation after data", [.. Frames.Ok(1), .. Frames.Data(1, "x"), .. Frames.Continuation(1, [], last: true)] },
        { "a continuation on a stream that has ended", [.. Frames.Ok(1, end: true), .. Frames.Continuation(1, [], last: true)] },
        { "a continuation on a stream that was reset", [.. Frames.RstStream(1, ErrorCode.Cancel), .. Frames.Continuation(1, [], last: true)] },
        { "data whose padding is longer than the frame", [.. Frames.Ok(1), .. Frames.Raw(0, 8, 1, [9, 1])] },
        { "headers whose padding is longer than the frame", Frames.Raw(1, 0xc, 1, [9, 1]) },
    };

    [Theory]
    [MemberData(nameof(BrokenSequences))]
    public void Frames_that_do_not_fit_together_end_the_connection(string what, byte[] frames)
    {
        _ = what;
        var peer = ScriptedPeer.OfClient();
        peer.Opened();
        peer.Opened();
        peer.Send(frames);
        Assert.Equal(1, peer.Violations[ProtocolViolation.ConnectionError]);
        peer.Fails("PROTOCOL_ERROR");
    }

    [Fact]
    public void Data_of_the_largest_size_is_taken()
    {
        var peer = ScriptedPeer.OfClient();
        peer.Opened();
        peer.Send(Frames.Ok(1), Frames.Data(1, 16_384, end: true));
        peer.Told("response 1 200", "data 1 (16384 bytes) end");
        peer.HoldsNothing();
    }

    [Fact]
    public void A_push_ends_the_connection()
    {
        var peer = ScriptedPeer.OfClient();
        peer.Opened();
        peer.Send(Frames.PushPromise(1, 2));
        peer.Told("reset 1 PROTOCOL_ERROR Violation");
        peer.Fails("PROTOCOL_ERROR");
    }

    [Fact]
    public void Data_beyond_the_window_resets_the_stream_and_then_beyond_the_connections_ends_that()
    {
        var peer = ScriptedPeer.OfClient(new WireOptions { StreamWindow = 65_535, ConnectionWindow = 65_535 });
        peer.App.ReturnsCredit = false;
        peer.Opened();
        peer.Send(Frames.SettingsAck, Frames.Ok(1), Frames.Data(1, 16_384), Frames.Data(1, 16_384), Frames.Data(1, 16_384), Frames.Data(1, 16_383), Frames.Data(1, 1));
        Assert.Equal(1, peer.Violations[ProtocolViolation.FlowControlError]);
        for (uint id = 3; id < 9; id += 2)
        {
            // What nobody takes adds up to more than four windows of the connection.
            peer.Opened();
            peer.Send(Frames.Ok(id), Frames.Data(id, 16_384), Frames.Data(id, 16_384), Frames.Data(id, 16_384), Frames.Data(id, 16_383));
        }

        peer.GoesOn();
        peer.Opened();
        peer.Send(Frames.Ok(9), Frames.Data(9, 16_384), Frames.Data(9, 16_384), Frames.Data(9, 16_384), Frames.Data(9, 16_384));
        peer.Fails("FLOW_CONTROL_ERROR");
    }

    [Fact]
    public void A_window_above_the_maximum_is_an_error_of_its_stream_or_of_the_connection()
    {
        var peer = ScriptedPeer.OfClient();
        peer.Opened(end: false);
        peer.Send(Frames.WindowUpdate(1, int.MaxValue));
        peer.Told("reset 1 FLOW_CONTROL_ERROR Violation").Reads("RST_STREAM 1 FLOW_CONTROL_ERROR");
        peer.Send(Frames.WindowUpdate(0, int.MaxValue));
        Assert.Equal(2, peer.Violations[ProtocolViolation.FlowControlError]);
        peer.Fails("FLOW_CONTROL_ERROR");
    }

    [Fact]
    public void A_header_block_without_end_ends_the_connection()
    {
        var peer = ScriptedPeer.OfClient();
        peer.Opened();
        peer.Send(Frames.OpenHeaders(1, HeaderBlock.Ok));
        peer.Send(100, Frames.Continuation(1, [], last: false));
        Assert.Equal(1, peer.Violations[ProtocolViolation.ContinuationFlood]);
        peer.Fails("ENHANCE_YOUR_CALM");
    }

    [Fact]
    public void A_response_that_drips_its_head_is_cut_off()
    {
        var peer = ScriptedPeer.OfClient();
        peer.Opened();
        foreach (var b in Frames.Ok(1)[..11])
        {
            peer.Send([b]);
            peer.Advance(1);
        }

        peer.Told("reset 1 ENHANCE_YOUR_CALM Violation");
        Assert.Equal(1, peer.Violations[ProtocolViolation.SlowPeer]);
        peer.Fails("ENHANCE_YOUR_CALM");
    }

    /// <summary>A client whose stream 1 has come so far; what was told of that is forgotten.</summary>
    /// <param name="moment">One of <see cref="Moments"/>.</param>
    /// <param name="rest">What must follow before another frame may.</param>
    private static ScriptedPeer At(string moment, out byte[] rest)
    {
        var peer = ScriptedPeer.OfClient();
        peer.Opened(end: false);
        var frame = Frames.Data(1, "body");
        rest = moment == "within a frame" ? frame[11..] : [];
        peer.Send(
            moment == "interim" ? Frames.Headers(1, HeaderBlock.Of(":status: 103")) : [],
            moment is "head" or "body" or "within a frame" ? Frames.Ok(1) : [],
            moment == "body" ? frame : [],
            moment == "within a frame" ? frame[..11] : []);
        peer.App[1].Write("all"u8, endStream: true);
        peer.Turn();
        peer.TakeFrames();
        peer.App.Take();
        return peer;
    }

    /// <summary>Stream 1 is through.</summary>
    private static ScriptedPeer Answered()
    {
        var peer = ScriptedPeer.OfClient();
        peer.Opened();
        peer.Send(Frames.Ok(1), Frames.Trailers(1, "grpc-status: 0"));
        peer.App.Take();
        return peer;
    }
}
