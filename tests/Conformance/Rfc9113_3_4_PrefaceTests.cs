using Mesh.Conformance.Peer;
using Mesh.Wire.Http2.Frames;
using Mesh.Wire.Streams;

namespace Mesh.Conformance;

public sealed class Rfc9113_3_4_PrefaceTests
{
    [Fact]
    public void A_server_says_its_settings_first()
    {
        var peer = ScriptedPeer.Silent(server: true);
        peer.Turn();
        peer.Reads("SETTINGS", "WINDOW_UPDATE 0 *");
        Assert.Equal(1024u, peer.SaidSettings[(int)SettingId.MaxConcurrentStreams]);
    }

    [Fact]
    public void A_client_says_the_preface_and_its_settings_first_and_switches_push_off()
    {
        var peer = ScriptedPeer.Silent(server: false);
        peer.Accept();
        peer.Reads("SETTINGS", "WINDOW_UPDATE 0 *");
        Assert.Equal(0u, peer.SaidSettings[(int)SettingId.EnablePush]);
    }

    [Fact]
    public void A_client_may_send_requests_with_its_preface()
    {
        var peer = ScriptedPeer.Silent(server: true);
        peer.Send(Frames.Preface, Frames.Settings(), Frames.Get(1));
        peer.Told("request 1 GET / end");
    }

    [Theory]
    [InlineData("GET / HTTP/1.1\r\n\r\n", ProtocolViolation.UnexpectedHttp1)]
    [InlineData("POST / HTTP/1.1\r\n\r\n", ProtocolViolation.UnexpectedHttp1)]
    [InlineData("PRI * HTTP/2.0\r\n\r\nXX\r\n\r\n", ProtocolViolation.BadPreface)]
    [InlineData("PRI * HTTP/1.1\r\n\r\n", ProtocolViolation.BadPreface)]
    [InlineData("\u0016\u0003\u0001\u0002\0\u0001\0\u0001\u00fc\u0003\u0003", ProtocolViolation.UnexpectedTls)]
    [InlineData("\0\0\0\u0004\0\0\0\0\0", ProtocolViolation.BadPreface)]
    [InlineData("hello", ProtocolViolation.BadPreface)]
    public void A_wrong_preface_ends_the_connection_and_counts_as_what_it_is(string text, ProtocolViolation violation)
    {
        foreach (var drips in new[] { false, true })
        {
            var peer = ScriptedPeer.Silent(server: true, drips: drips);
            peer.Send(System.Text.Encoding.Latin1.GetBytes(text));
            Assert.Equal(1, peer.Violations[violation]);
            Assert.Equal(0, peer.Violations[ProtocolViolation.ConnectionError]);
            peer.Fails("PROTOCOL_ERROR");
        }
    }

    [Theory]
    [InlineData("HTTP/1.1 400 Bad Request\r\n\r\n", ProtocolViolation.UnexpectedHttp1, "HTTP/1.x")]
    [InlineData("\0\0\u0008\u0007\0\0\0\0\0\0\0\0\0\0\0\0\u000d", ProtocolViolation.UnexpectedHttp1, "HTTP/1.1")]
    [InlineData("\u0015\u0003\u0001\0\u0002\u0002F", ProtocolViolation.UnexpectedTls, "TLS")]
    public void A_server_of_another_protocol_is_told_as_what_it_is(string text, ProtocolViolation violation, string why)
    {
        var peer = ScriptedPeer.Silent(server: false);
        peer.Accept();
        peer.Open();
        peer.Send(System.Text.Encoding.Latin1.GetBytes(text));
        peer.Told("reset 1 PROTOCOL_ERROR Violation");
        Assert.Equal(1, peer.Violations[violation]);
        Assert.Contains(why, peer.Connection.Failure, StringComparison.Ordinal);
        Assert.Equal(violation == ProtocolViolation.UnexpectedHttp1 ? Protocol.Http1 : null, peer.Connection.OtherProtocol);
        peer.Fails("PROTOCOL_ERROR");
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void The_first_frame_must_be_settings(bool server)
    {
        var peer = ScriptedPeer.Silent(server);
        peer.Send(server ? [.. Frames.Preface, .. Frames.Ping()] : Frames.Ping());
        peer.Fails("PROTOCOL_ERROR");
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void The_first_frame_must_not_be_an_acknowledgement(bool server)
    {
        var peer = ScriptedPeer.Silent(server);
        peer.Send(server ? [.. Frames.Preface, .. Frames.SettingsAck] : Frames.SettingsAck);
        peer.Fails("PROTOCOL_ERROR");
    }

    [Fact]
    public void A_client_that_says_nothing_is_closed_after_the_handshake_timeout()
    {
        var peer = ScriptedPeer.Silent(server: true);
        peer.Advance(9.9);
        Assert.False(peer.Connection.IsDead);
        peer.Advance(0.2);
        peer.Fails("SETTINGS_TIMEOUT");
        Assert.Equal(1, peer.Violations[ProtocolViolation.SlowPeer]);
    }

    [Fact]
    public void A_client_that_drips_its_preface_is_closed_after_the_handshake_timeout()
    {
        var peer = ScriptedPeer.Silent(server: true);
        foreach (var b in Frames.Preface[..11])
        {
            peer.Send([b]);
            peer.Advance(1);
        }

        peer.Fails("SETTINGS_TIMEOUT");
    }

    [Fact]
    public void A_server_that_never_says_settings_fails_the_streams_that_wait()
    {
        var peer = ScriptedPeer.Silent(server: false);
        peer.Accept();
        peer.Open();
        peer.Advance(10.1);
        peer.Told("reset 1 SETTINGS_TIMEOUT ConnectionLost");
        peer.Fails("SETTINGS_TIMEOUT");
    }

    [Fact]
    public void An_attempt_to_connect_that_hangs_fails_and_says_that_nothing_was_processed()
    {
        var peer = ScriptedPeer.Silent(server: false);
        peer.Open();
        peer.Advance(10.1);
        peer.Told("reset 1 SETTINGS_TIMEOUT ConnectFailed");
        Assert.True(peer.App.LastReset.NotProcessed);
    }

    [Fact]
    public void A_connection_that_is_refused_fails_the_streams_that_wait()
    {
        var peer = ScriptedPeer.Silent(server: false);
        peer.Open();
        peer.Channel.End(Wire.Transport.ChannelEnd.ConnectFailed);
        peer.Turn();
        peer.Told("reset 1 NO_ERROR ConnectFailed");
        Assert.True(peer.App.LastReset.NotProcessed);
        Assert.True(peer.App.ConnectionClosed);
        peer.HoldsNothing();
    }
}
