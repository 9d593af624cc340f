using Mesh.Conformance.Peer;

namespace Mesh.Conformance;

public sealed class Rfc9113_6_1_DataTests
{
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Data_on_stream_0_ends_the_connection(bool server)
    {
        var peer = ScriptedPeer.Of(server);
        peer.Send(Frames.Data(0, "x"));
        peer.Fails("PROTOCOL_ERROR");
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(255)]
    public void Padding_is_taken_off(int padding)
    {
        var peer = ScriptedPeer.OfServer();
        peer.Send(Frames.Post(1), Frames.PaddedData(1, "abc", padding), Frames.PaddedData(1, "def", padding, end: true));
        peer.Told("request 1 POST /", "data 1 abcdef end");
    }

    [Fact]
    public void A_frame_may_be_all_padding()
    {
        var peer = ScriptedPeer.OfServer();
        peer.Send(Frames.Post(1), Frames.PaddedData(1, "", 20), Frames.PaddedData(1, "", 0, end: true));
        peer.Told("request 1 POST /", "data 1  end");
    }

    [Theory]
    [InlineData(5)]
    [InlineData(255)]
    public void Padding_longer_than_the_frame_ends_the_connection(int padding)
    {
        var peer = ScriptedPeer.OfServer();
        peer.Send(Frames.Post(1), Frames.Raw(0, 8, 1, [(byte)padding, 1, 2, 3, 4]));
        peer.Fails("PROTOCOL_ERROR");
    }

    [Fact]
    public void A_padded_frame_without_room_for_the_length_ends_the_connection()
    {
        var peer = ScriptedPeer.OfServer();
        peer.Send(Frames.Post(1), Frames.Raw(0, 8, 1, []));
        peer.Fails("FRAME_SIZE_ERROR");
    }

    [Fact]
    public void An_empty_frame_may_end_a_stream()
    {
        var peer = ScriptedPeer.OfServer();
        peer.Send(Frames.Post(1), Frames.Data(1, "abc"), Frames.Data(1, "", end: true));
        peer.Told("request 1 POST /", "data 1 abc end");
    }

    [Fact]
    public void Padding_counts_and_is_given_back()
    {
        var peer = ScriptedPeer.OfServer();
        peer.Send(Frames.Post(1));
        // Twice the stream's window, a byte of data in 256 of frame.
        for (var i = 0; i < 2 * peer.Options.StreamWindow / 257; i++)
        {
            peer.Send(Frames.PaddedData(1, "x", 255));
        }

        Assert.NotEmpty(peer.TakeFrames());
        Assert.DoesNotContain(peer.App.Take(), line => line.StartsWith("reset", StringComparison.Ordinal));
        peer.GoesOn();
    }

    [Fact]
    public void Frames_of_nothing_but_padding_do_not_use_up_the_window()
    {
        var peer = ScriptedPeer.OfServer();
        peer.Send(Frames.Post(1));
        for (var i = 0; i < 2 * peer.Options.StreamWindow / 256; i++)
        {
            peer.Send(Frames.PaddedData(1, "", 255));
            peer.Advance(0.1);
        }

        peer.Send(Frames.Data(1, "end", end: true));
        peer.Told("request 1 POST /", "data 1 end end");
    }
}
