using Mesh.Conformance.Peer;
using Mesh.Wire.Streams;

namespace Mesh.Conformance;

/// <summary>Sections 4.1 and 4.2: the form of frames and their size.</summary>
public sealed class Rfc9113_4_FramesTests
{
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_frame_of_an_unknown_type_is_skipped(bool server)
    {
        var peer = ScriptedPeer.Of(server);
        peer.Send(Frames.Raw(0x16, 0xff, 0, new byte[50]), Frames.Raw(0xff, 0, 5, []));
        peer.GoesOn();
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Undefined_flags_are_ignored(bool server)
    {
        var peer = ScriptedPeer.Of(server);
        peer.Send(Frames.Raw(6, 0xfe, 0, new byte[8]));
        peer.Reads("PING ack 0");
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void The_reserved_bit_of_a_stream_identifier_is_ignored(bool server)
    {
        var peer = ScriptedPeer.Of(server);
        peer.Send(Frames.Raw(6, 0, 0x8000_0000, new byte[8]));
        peer.Reads("PING ack 0");
    }

    [Fact]
    public void The_reserved_bit_of_a_stream_identifier_is_ignored_on_streams()
    {
        var peer = ScriptedPeer.OfServer();
        peer.Send(Frames.Get(0x8000_0001));
        peer.Told("request 1 GET / end");
    }

    [Fact]
    public void Data_of_the_largest_size_is_taken()
    {
        var peer = ScriptedPeer.OfServer();
        peer.Send(Frames.Post(1), Frames.Data(1, 16_384, end: true));
        peer.Told("request 1 POST /", "data 1 (16384 bytes) end");
    }

    [Theory]
    [InlineData(0, true)]
    [InlineData(0, false)]
    [InlineData(1, true)]
    [InlineData(1, false)]
    [InlineData(4, true)]
    [InlineData(7, false)]
    [InlineData(0x20, true)]
    public void A_frame_above_our_limit_ends_the_connection(int type, bool server)
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

        peer.Send(Frames.Raw(type, 0, type is 4 or 7 ? 0u : 1u, new byte[16_385]));
        peer.Fails("FRAME_SIZE_ERROR");
    }

    [Fact]
    public void A_raised_limit_is_said_and_kept()
    {
        var peer = ScriptedPeer.OfServer(new WireOptions { MaxFrameSize = 20_000 });
        Assert.Equal(20_000u, peer.SaidSettings[5]);
        peer.Send(Frames.Post(1), Frames.Data(1, 20_000));
        peer.Told("request 1 POST /", "data 1 (20000 bytes)");
        peer.Send(Frames.Data(1, 20_001));
        peer.Fails("FRAME_SIZE_ERROR");
    }

    [Fact]
    public void What_follows_a_fatal_frame_is_not_looked_at()
    {
        var peer = ScriptedPeer.OfServer();
        peer.Send(Frames.Raw(6, 0, 0, new byte[7]), Frames.Get(1));
        peer.Told();
        peer.Fails("FRAME_SIZE_ERROR");
    }
}
