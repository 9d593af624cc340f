using Mesh.Conformance.Peer;
using Mesh.Wire.Http2.Frames;
using Mesh.Wire.Transport;

namespace Mesh.Conformance;

/// <summary>Section 5.4: how a connection or stream ends in error, and what becomes of the socket.</summary>
public sealed class Rfc9113_5_4_ErrorsTests
{
    [Fact]
    public void The_last_words_name_the_last_stream_taken()
    {
        var peer = ScriptedPeer.OfServer();
        peer.Send(Frames.Get(1), Frames.Get(3), Frames.Raw(6, 0, 0, new byte[7]));
        peer.Reads("GOAWAY 3 FRAME_SIZE_ERROR");
        peer.Told("request 1 GET / end", "request 3 GET / end", "reset 1 FRAME_SIZE_ERROR Violation", "reset 3 FRAME_SIZE_ERROR Violation");
    }

    [Fact]
    public void After_the_last_words_the_peer_may_take_its_time_to_read_them_but_not_for_ever()
    {
        var peer = ScriptedPeer.OfServer();
        peer.Send(Frames.Raw(6, 0, 0, new byte[7]));
        Assert.True(peer.Channel.IsShutdown);
        Assert.False(peer.Channel.IsClosed);
        peer.Send(Frames.Get(1), [1, 2, 3]);
        peer.Advance(4.9);
        Assert.False(peer.Channel.IsClosed);
        peer.Advance(0.2);
        Assert.True(peer.Channel.IsClosed);
        peer.HoldsNothing();
    }

    [Fact]
    public void A_peer_that_does_not_read_is_cut_off()
    {
        var peer = ScriptedPeer.OfServer();
        peer.Channel.Room = 0;
        peer.Send(Frames.Raw(6, 0, 0, new byte[7]));
        Assert.False(peer.Channel.IsShutdown);
        Assert.False(peer.App.ConnectionClosed);
        peer.Advance(5.1);
        Assert.True(peer.Channel.IsClosed);
        Assert.True(peer.App.ConnectionClosed);
        peer.HoldsNothing();
    }

    [Fact]
    public void A_lost_connection_is_told_to_every_stream()
    {
        var peer = ScriptedPeer.OfClient();
        peer.Opened();
        peer.Opened(end: false);
        peer.Channel.End(ChannelEnd.Reset);
        peer.Turn();
        peer.Told("reset 1 NO_ERROR ConnectionLost", "reset 3 NO_ERROR ConnectionLost");
        Assert.False(peer.App.LastReset.NotProcessed);
        Assert.True(peer.App.ConnectionClosed);
        peer.HoldsNothing();
    }

    [Fact]
    public void A_connection_lost_within_a_frame_leaves_nothing_behind()
    {
        var peer = ScriptedPeer.OfServer();
        peer.Send(Frames.Post(1), Frames.Data(1, 1000)[..500]);
        peer.Send(Frames.Data(1, 1000)[500..], Frames.OpenHeaders(3, HeaderBlock.Get[..9]), Frames.Continuation(3, HeaderBlock.Get, last: true)[..12]);
        peer.Channel.End(ChannelEnd.EndOfStream);
        peer.Turn();
        Assert.True(peer.App.ConnectionClosed);
        peer.HoldsNothing();
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void An_aborted_connection_is_told_to_every_stream(bool server)
    {
        var peer = ScriptedPeer.Of(server);
        if (server)
        {
            peer.Send(Frames.Get(1));
        }
        else
        {
            peer.Opened();
        }

        peer.App.Take();
        peer.Connection.Abort(ErrorCode.InternalError, "because");
        peer.Turn();
        peer.Told("reset 1 INTERNAL_ERROR ConnectionClosed");
        peer.Fails("INTERNAL_ERROR");
        Assert.Equal("because", peer.Connection.Failure);
    }

    [Fact]
    public void Whatever_a_handler_does_from_within_a_call_the_connection_holds_out()
    {
        foreach (var act in new Action<ScriptedPeer, Wire.Streams.MessageStream>[]
        {
            (_, s) => s.Reset(ErrorCode.Cancel),
            (p, _) => p.Connection.Abort(ErrorCode.NoError, "x"),
            (p, _) => p.Connection.GoAway(),
            (_, s) => s.WriteHeaders(ScriptedPeer.List(":status: 200"), endStream: true),
            (_, s) => s.StopPeerWhenDone(),
            (p, _) => p.Channel.Close(),
            (p, _) => p.Channel.End(ChannelEnd.Reset),
            (_, s) =>
            {
                s.WriteHeaders(ScriptedPeer.List(":status: 200"), endStream: false);
                s.Write(new byte[100_000], endStream: true);
                s.Reset(ErrorCode.Cancel);
                s.Write(new byte[1], endStream: true);
                s.WriteTrailers(ScriptedPeer.List("a: b"));
                s.ReturnCredit(1);
                s.Reset(ErrorCode.Cancel);
            },
        })
        {
            foreach (var place in Enumerable.Range(0, 6))
            {
                var peer = ScriptedPeer.OfServer();
                void Do(Wire.Streams.MessageStream s) => act(peer, s);
                peer.App.OnRequestDo = place == 0 ? Do : null;
                peer.App.OnDataDo = place == 1 ? Do : null;
                peer.App.OnEndDo = place == 2 ? Do : null;
                peer.App.OnResetDo = place == 3 ? Do : null;
                peer.App.OnClosedDo = place == 4 ? s => peer.Connection.Abort(ErrorCode.Cancel, "y") : null;
                peer.App.OnSentDo = place == 5 ? (s, _) => Do(s) : null;
                peer.Send(Frames.Post(1), Frames.Data(1, "abc"), Frames.Post(3), Frames.Data(1, "def", end: true), Frames.RstStream(3, ErrorCode.Cancel), Frames.Post(5));
                if (place == 5 && peer.App.OpenStreams > 0 && !peer.Connection.IsDead)
                {
                    peer.App[5].WriteHeaders(ScriptedPeer.List(":status: 200"), endStream: false);
                    peer.App[5].Write(new byte[200_000], endStream: false);
                    peer.Send(Frames.WindowUpdate(5, 100_000), Frames.WindowUpdate(0, 100_000));
                }

                peer.Connection.Abort(ErrorCode.NoError, "end");
                peer.Turn();
                peer.Channel.End(ChannelEnd.EndOfStream);
                peer.Turn();
                peer.Advance(10);
                Assert.Equal(0, peer.App.OpenStreams);
                peer.HoldsNothing();
            }
        }
    }
}
