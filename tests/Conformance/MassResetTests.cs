using Mesh.Conformance.Peer;
using Mesh.Wire.Http2.Frames;
using Mesh.Wire.Streams;

namespace Mesh.Conformance;

/// <summary>Many streams that end at once cost as much each as one: with a cost that grew with their number these would not end.</summary>
public sealed class MassResetTests
{
    private const int Streams = 60_000;

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Many_streams_that_wait_for_a_window_are_reset_at_once(bool connectionDies)
    {
        var peer = ScriptedPeer.OfServer(new WireOptions { MaxConcurrentStreams = Streams });
        var head = ScriptedPeer.List(":status: 200");
        peer.App.OnRequestDo = stream =>
        {
            stream.WriteHeaders(head, endStream: false);
            stream.Write("abc"u8, endStream: true);
        };
        peer.Send(Frames.Setting(SettingId.InitialWindowSize, 1));
        for (uint i = 0; i < Streams; i++)
        {
            peer.Channel.Receive(Frames.Post((2 * i) + 1));
            if (i % 1000 == 0)
            {
                peer.Turn();
            }
        }

        peer.Turn();
        Assert.Equal(Streams, peer.Connection.OpenStreams);
        if (connectionDies)
        {
            peer.Channel.End(Wire.Transport.ChannelEnd.Reset);
        }
        else
        {
            peer.Connection.Streams.ForEach((stream, _) => stream.Reset(ErrorCode.Cancel), 0);
        }

        peer.Turn();
        Assert.Equal(0, peer.App.OpenStreams);
        peer.HoldsNothing();
    }

    [Fact]
    public void Windows_that_go_up_and_down_in_each_frame_cost_one_walk_over_the_streams_a_frame()
    {
        // Walked for each of their settings, these frames would take 16,000,000,000 steps.
        var peer = ScriptedPeer.OfServer(new WireOptions { MaxConcurrentStreams = Streams });
        for (uint i = 0; i < Streams; i++)
        {
            peer.Channel.Receive(Frames.Post((2 * i) + 1));
        }

        var frame = Frames.Settings([.. Enumerable.Range(0, 2700).Select(i => (4, (uint)(i % 2 == 0 ? 0 : 65_535)))]);
        peer.Send(99, frame);
        peer.App[1].WriteHeaders(ScriptedPeer.List(":status: 200"), endStream: false);
        Assert.Equal(65_535, peer.App[1].Write(new byte[70_000], endStream: true));
        peer.TakeFrames();
        peer.GoesOn();
    }
}
