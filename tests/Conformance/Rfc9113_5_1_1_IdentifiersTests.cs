using Mesh.Conformance.Peer;
using Mesh.Wire.Http2.Frames;
using Mesh.Wire.Streams;

namespace Mesh.Conformance;

/// <summary>Sections 5.1.1 and 5.1.2: numbers of streams, and how many there may be.</summary>
public sealed class Rfc9113_5_1_1_IdentifiersTests
{
    [Fact]
    public void An_even_number_from_a_client_ends_the_connection()
    {
        var peer = ScriptedPeer.OfServer();
        peer.Send(Frames.Get(2));
        Assert.Equal(1, peer.Violations[ProtocolViolation.StreamIdError]);
        peer.Fails("PROTOCOL_ERROR");
    }

    [Fact]
    public void A_lower_number_than_before_ends_the_connection()
    {
        var peer = ScriptedPeer.OfServer();
        peer.Send(Frames.Get(5), Frames.Get(3));
        Assert.Equal(1, peer.Violations[ProtocolViolation.StreamIdError]);
        peer.Fails("STREAM_CLOSED");
    }

    [Fact]
    public void Numbers_may_be_left_out()
    {
        var peer = ScriptedPeer.OfServer();
        peer.Send(Frames.Get(1), Frames.Get(101), Frames.Get(int.MaxValue));
        peer.Told("request 1 GET / end", "request 101 GET / end", "request 2147483647 GET / end");
    }

    [Fact]
    public void Our_streams_are_numbered_1_3_5()
    {
        var peer = ScriptedPeer.OfClient();
        peer.Open();
        peer.Open();
        peer.Open();
        peer.Turn();
        peer.Reads("HEADERS 1 *", "HEADERS 3 *", "HEADERS 5 *");
    }

    [Fact]
    public void A_stream_above_our_limit_is_refused_and_another_taken_when_one_has_ended()
    {
        var peer = ScriptedPeer.OfServer(new WireOptions { MaxConcurrentStreams = 2 });
        Assert.Equal(2u, peer.SaidSettings[3]);
        peer.Send(Frames.Post(1), Frames.Post(3), Frames.Post(5));
        peer.Reads("RST_STREAM 5 REFUSED_STREAM");
        peer.Told("request 1 POST /", "request 3 POST /");
        peer.Send(Frames.Data(5, "in flight"), Frames.RstStream(1, ErrorCode.Cancel), Frames.Post(7));
        peer.Told("reset 1 CANCEL Peer", "request 7 POST /").Reads();
    }

    [Fact]
    public void A_hundred_streams_are_opened_at_most_before_the_server_has_said_its_limit()
    {
        var peer = ScriptedPeer.Silent(server: false);
        for (var i = 0; i < 100; i++)
        {
            Assert.True(peer.Connection.CanOpen);
            peer.Open();
        }

        Assert.False(peer.Connection.CanOpen);
        peer.Accept();
        peer.Send(Frames.Settings());
        Assert.True(peer.Connection.CanOpen);
    }

    [Fact]
    public void A_servers_limit_and_later_changes_of_it_hold()
    {
        var peer = ScriptedPeer.OfClient(settings: (3, 2));
        var capacity = 0;
        peer.App.OnCapacityDo = _ => capacity++;
        peer.Opened();
        Assert.True(peer.Connection.CanOpen);
        peer.Opened();
        Assert.False(peer.Connection.CanOpen);
        peer.Send(Frames.Setting(SettingId.MaxConcurrentStreams, 3));
        Assert.Equal(1, capacity);
        Assert.True(peer.Connection.CanOpen);
        peer.Send(Frames.Setting(SettingId.MaxConcurrentStreams, 1));
        Assert.False(peer.Connection.CanOpen);
        peer.Send(Frames.Ok(1, end: true));
        Assert.False(peer.Connection.CanOpen);
        peer.Send(Frames.Ok(3, end: true));
        Assert.True(peer.Connection.CanOpen);
        Assert.Equal(4, capacity);
        peer.Send(Frames.Setting(SettingId.MaxConcurrentStreams, 0));
        Assert.False(peer.Connection.CanOpen);
        Assert.False(peer.Connection.IsUsedUp);
    }

    [Fact]
    public void A_refused_stream_is_told_that_nothing_was_processed()
    {
        var peer = ScriptedPeer.OfClient();
        peer.Opened();
        peer.Send(Frames.RstStream(1, ErrorCode.RefusedStream));
        peer.Told("reset 1 REFUSED_STREAM Peer");
        Assert.True(peer.App.LastReset.NotProcessed);
    }
}
