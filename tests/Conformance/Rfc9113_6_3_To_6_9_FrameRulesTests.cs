using Mesh.Conformance.Peer;
using Mesh.Wire.Http2.Frames;
using Mesh.Wire.Streams;

namespace Mesh.Conformance;

/// <summary>Sections 6.3 to 6.7: PRIORITY, RST_STREAM, SETTINGS, PUSH_PROMISE, PING; the form of 6.8 and 6.9.</summary>
public sealed class Rfc9113_6_3_To_6_9_FrameRulesTests
{
    /// <summary>Type, flags, stream, length of payload, the code that ends the connection.</summary>
    public static TheoryData<int, int, uint, int, string> Malformed => new()
    {
        { 2, 0, 0, 5, "PROTOCOL_ERROR" },
        { 3, 0, 0, 4, "PROTOCOL_ERROR" },
        { 3, 0, 1, 3, "FRAME_SIZE_ERROR" },
        { 3, 0, 1, 5, "FRAME_SIZE_ERROR" },
        { 4, 0, 1, 0, "PROTOCOL_ERROR" },
        { 4, 1, 0, 6, "FRAME_SIZE_ERROR" },
        { 4, 0, 0, 3, "FRAME_SIZE_ERROR" },
        { 4, 0, 0, 7, "FRAME_SIZE_ERROR" },
        { 6, 0, 1, 8, "PROTOCOL_ERROR" },
        { 6, 0, 0, 7, "FRAME_SIZE_ERROR" },
        { 6, 0, 0, 9, "FRAME_SIZE_ERROR" },
        { 6, 1, 0, 0, "FRAME_SIZE_ERROR" },
        { 7, 0, 1, 8, "PROTOCOL_ERROR" },
        { 7, 0, 0, 7, "FRAME_SIZE_ERROR" },
        { 8, 0, 0, 3, "FRAME_SIZE_ERROR" },
        { 8, 0, 0, 5, "FRAME_SIZE_ERROR" },
        { 8, 0, 1, 5, "FRAME_SIZE_ERROR" },
        { 8, 0, 0, 4, "PROTOCOL_ERROR" }, // an increment of 0
        { 5, 4, 1, 4, "PROTOCOL_ERROR" },
    };

    [Theory]
    [MemberData(nameof(Malformed))]
    public void A_malformed_frame_ends_the_connection_of_a_server(int type, int flags, uint stream, int length, string code)
    {
        var peer = ScriptedPeer.OfServer();
        peer.Send(Frames.Post(1), Frames.Raw(type, flags, stream, new byte[length]));
        peer.Fails(code);
    }

    [Theory]
    [MemberData(nameof(Malformed))]
    public void A_malformed_frame_ends_the_connection_of_a_client(int type, int flags, uint stream, int length, string code)
    {
        var peer = ScriptedPeer.OfClient();
        peer.Opened();
        peer.Send(Frames.Raw(type, flags, stream, new byte[length]));
        peer.Fails(code);
    }

    [Fact]
    public void A_priority_of_another_length_is_a_stream_error()
    {
        var peer = ScriptedPeer.OfServer();
        peer.Send(Frames.Post(1), Frames.Raw(2, 0, 1, new byte[4]));
        peer.Reads("RST_STREAM 1 FRAME_SIZE_ERROR");
        peer.GoesOn();
    }

    [Fact]
    public void A_priority_that_depends_on_itself_is_a_stream_error()
    {
        var peer = ScriptedPeer.OfServer();
        peer.Send(Frames.Post(1), Frames.Priority(1, 1));
        peer.Reads("RST_STREAM 1 PROTOCOL_ERROR");
        peer.GoesOn();
    }

    [Theory]
    [InlineData(4, "FRAME_SIZE_ERROR")]
    [InlineData(5, "PROTOCOL_ERROR")]
    public void A_wrong_priority_of_an_idle_stream_ends_the_connection_since_it_cannot_be_reset(int length, string code)
    {
        var peer = ScriptedPeer.OfServer();
        peer.Send(Frames.Raw(2, 0, 7, [0, 0, 0, 7, .. new byte[length - 4]]));
        peer.Fails(code);
    }

    [Fact]
    public void A_priority_of_an_idle_stream_is_ignored_and_opens_nothing()
    {
        var peer = ScriptedPeer.OfServer();
        peer.Send(Frames.Priority(9, 3), Frames.Get(1));
        peer.Told("request 1 GET / end").Reads();
    }

    [Theory]
    [InlineData(0u, 0)]
    [InlineData(0u, 255)]
    [InlineData(3u, 16)]
    [InlineData(0x8000_0003u, 16)] // exclusive
    public void A_priority_of_any_weight_and_dependency_is_ignored(uint dependsOn, int weight)
    {
        var peer = ScriptedPeer.OfServer();
        peer.Send(Frames.Raw(2, 0, 1, [.. Frames.UInt32(dependsOn), (byte)weight]), Frames.Get(1));
        peer.Told("request 1 GET / end").Reads();
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_goaway_with_an_unknown_code_is_one(bool server)
    {
        var peer = ScriptedPeer.Of(server);
        if (server)
        {
            peer.Send(Frames.Post(1));
        }
        else
        {
            peer.Opened();
        }

        peer.Send(Frames.GoAway(1, (ErrorCode)0xff));
        peer.GoesOn();
        Assert.Contains("255", peer.Connection.Failure, StringComparison.Ordinal);
    }

    [Fact]
    public void A_reset_is_told_with_its_code_even_an_unknown_one()
    {
        var peer = ScriptedPeer.OfServer();
        peer.Send(Frames.Post(1), Frames.Post(3), Frames.RstStream(1, ErrorCode.Cancel), Frames.RstStream(3, (ErrorCode)0x1234));
        peer.Told("request 1 POST /", "request 3 POST /", "reset 1 CANCEL Peer", "reset 3 4660 Peer");
        peer.HoldsNothing();
    }

    [Theory]
    [InlineData(SettingId.EnablePush, 2, "PROTOCOL_ERROR")]
    [InlineData(SettingId.InitialWindowSize, 0x8000_0000, "FLOW_CONTROL_ERROR")]
    [InlineData(SettingId.InitialWindowSize, 0xffff_ffff, "FLOW_CONTROL_ERROR")]
    [InlineData(SettingId.MaxFrameSize, 16_383, "PROTOCOL_ERROR")]
    [InlineData(SettingId.MaxFrameSize, 16_777_216, "PROTOCOL_ERROR")]
    public void A_setting_out_of_range_ends_the_connection(SettingId id, uint value, string code)
    {
        foreach (var server in new[] { true, false })
        {
            var peer = ScriptedPeer.Of(server);
            peer.Send(Frames.Setting(id, value));
            peer.Fails(code);
        }
    }

    [Fact]
    public void A_server_cannot_switch_push_on()
    {
        var peer = ScriptedPeer.OfClient();
        peer.Send(Frames.Setting(SettingId.EnablePush, 1));
        peer.Fails("PROTOCOL_ERROR");
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Settings_we_do_not_know_are_acknowledged_and_ignored(bool server)
    {
        var peer = ScriptedPeer.Of(server);
        peer.Send(Frames.Settings((0xff, 1), (0x7, 9), (0x8, 1), (3, 10), (3, 20)));
        peer.Reads("SETTINGS ack");
        Assert.Equal(20, peer.Connection.MaxStreams);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_ping_is_answered_with_its_bytes_and_an_answer_is_not(bool server)
    {
        var peer = ScriptedPeer.Of(server);
        peer.Send(Frames.Ping(0x0102_0304_0506_0708), Frames.Ping(7, ack: true));
        peer.Reads("PING ack 72623859790382856");
    }

    [Fact]
    public void A_window_update_of_0_on_a_stream_is_a_stream_error()
    {
        var peer = ScriptedPeer.OfServer();
        peer.Send(Frames.Post(1), Frames.WindowUpdate(1, 0));
        peer.Reads("RST_STREAM 1 PROTOCOL_ERROR");
        peer.GoesOn();
    }

    [Fact]
    public void A_clients_push_ends_the_connection()
    {
        var peer = ScriptedPeer.OfServer();
        peer.Send(Frames.Post(1), Frames.PushPromise(1, 2));
        peer.Fails("PROTOCOL_ERROR");
    }

    [Fact]
    public void The_peers_header_table_size_is_kept_to_whatever_it_becomes()
    {
        var peer = ScriptedPeer.OfClient(settings: (1, 0));
        for (var i = 0; i < 3; i++)
        {
            peer.Opened(true, "x-a: same");
        }

        peer.Send(Frames.Setting(SettingId.HeaderTableSize, 4096));
        peer.Opened(true, "x-a: same");
        peer.Send(Frames.Setting(SettingId.HeaderTableSize, 100), Frames.Setting(SettingId.HeaderTableSize, 65_536));
        peer.Opened(true, "x-a: same");
        peer.Send(Frames.Setting(SettingId.HeaderTableSize, 0));
        peer.Opened(true, "x-a: same");
        peer.GoesOn();
    }

    [Fact]
    public void Our_table_of_0_holds_only_once_the_peer_has_acknowledged_it()
    {
        var peer = ScriptedPeer.OfServer(new WireOptions { HeaderTableSize = 0 });
        Assert.Equal(0u, peer.SaidSettings[1]);
        // The peer has not read our SETTINGS: its table is 4096.
        peer.Send(Frames.Headers(1, [.. HeaderBlock.Get, .. HeaderBlock.Indexed("x-a", "1")], end: true));
        peer.Send(Frames.Headers(3, [.. HeaderBlock.Get, 0x80 | 62], end: true));
        peer.Told("request 1 GET / x-a=1 end", "request 3 GET / x-a=1 end");
        peer.Send(Frames.SettingsAck, Frames.Headers(5, [.. HeaderBlock.SizeUpdate(0), .. HeaderBlock.Get], end: true));
        peer.Told("request 5 GET / end");
        peer.Send(Frames.Headers(7, [.. HeaderBlock.Get, 0x80 | 62], end: true));
        peer.Fails("COMPRESSION_ERROR");
    }

    [Fact]
    public void A_peer_that_ignores_that_our_table_is_smaller_is_cut_off()
    {
        var peer = ScriptedPeer.OfServer(new WireOptions { HeaderTableSize = 0 });
        peer.Send(Frames.SettingsAck, Frames.Get(1));
        peer.Fails("COMPRESSION_ERROR");
    }
}
