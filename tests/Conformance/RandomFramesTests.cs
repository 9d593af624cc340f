using Mesh.Conformance.Peer;
using Mesh.Wire.Http2.Frames;
using Mesh.Wire.Streams;
using Mesh.Wire.Transport;

namespace Mesh.Conformance;

/// <summary>Frames that make no sense together: whatever comes, nothing throws, nothing leaks, no credit is lost.</summary>
public sealed class RandomFramesTests
{
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Whatever_frames_come_nothing_throws_and_nothing_is_lost(bool server)
    {
        var survived = 0;
        for (var seed = 0; seed < 3000; seed++)
        {
            var random = new Random(seed);
            var peer = ScriptedPeer.Of(server, new WireOptions { StreamWindow = 65_535, ConnectionWindow = 100_000, MaxHeaderListSize = 2000, MaxConcurrentStreams = 4 });
            peer.App.ReturnsCredit = random.Next(2) == 0;
            var opened = 0u;
            var head = ScriptedPeer.List(":status: 200");
            for (var i = 0; i < 40 && !peer.Connection.IsDead; i++)
            {
                if (!server && random.Next(3) == 0 && peer.Connection.CanOpen)
                {
                    peer.Open(random.Next(2) == 0);
                }

                var bytes = Frame(random, peer, ref opened);
                var cut = random.Next(bytes.Length + 1);
                peer.Send(bytes[..cut]);
                Act(peer, random, head);
                peer.Send(bytes[cut..]);
                Assert.Empty(peer.Faults);
            }

            if (!peer.Connection.IsDead)
            {
                survived++;
                var unreturned = 0;
                peer.Connection.Streams.ForEach((stream, _) => unreturned += stream.Unreturned, 0);
                var (left, held) = peer.Connection.State.Windows.ConnectionCredit;
                Assert.InRange(left, 0, 100_000);
                Assert.Equal(held, unreturned);
                peer.Connection.Abort(ErrorCode.NoError, "done");
                peer.Turn();
            }

            peer.TakeFrames();
            peer.Channel.End(ChannelEnd.EndOfStream);
            peer.Turn();
            Assert.Equal(0, peer.App.OpenStreams);
            peer.HoldsNothing();
        }

        Assert.InRange(survived, 50, 2900);
    }

    private static void Act(ScriptedPeer peer, Random random, Mesh.Wire.Http2.Hpack.HeaderList head) => peer.Connection.Streams.ForEach(
        (stream, _) =>
        {
            switch (random.Next(12))
            {
                case 0:
                    stream.Reset(ErrorCode.Cancel);
                    break;
                case 1 when !peer.Connection.IsClient && !stream.LocalEnded && stream.PendingBytes == 0:
                    stream.WriteHeaders(head, random.Next(2) == 0);
                    break;
                case 2:
                    stream.Write(new byte[random.Next(30_000)], random.Next(2) == 0);
                    break;
                case 3:
                    stream.ReturnCredit(stream.Unreturned);
                    break;
                case 4:
                    stream.StopPeerWhenDone();
                    break;
            }
        },
        0);

    /// <summary>Mostly right each by itself, mostly on a stream that is open, or was.</summary>
    private static byte[] Frame(Random random, ScriptedPeer peer, ref uint opened)
    {
        var server = !peer.Connection.IsClient;
        if (server && (opened == 0 || random.Next(6) == 0))
        {
            return Frames.Headers((2 * opened++) + 1, HeaderBlock.Post, random.Next(4) == 0);
        }

        List<int> open = [];
        peer.Connection.Streams.ForEach((stream, list) => list.Add(stream.Id), open);
        var stray = random.Next(40) == 0;
        if (open.Count == 0 && !stray)
        {
            return Frames.Ping();
        }

        var id = stray ? (uint)random.Next(5) * 2 + 1 : (uint)open[random.Next(open.Count)];
        var end = random.Next(3) == 0;
        return random.Next(40) switch
        {
            < 10 => Frames.Headers(id, server ? HeaderBlock.Post : HeaderBlock.Ok, end),
            < 20 => Frames.Data(id, random.Next(12_000), end),
            < 24 => Frames.PaddedData(id, new string('x', random.Next(300)), random.Next(256), end),
            < 26 => Frames.Trailers(id, "a: b"),
            < 28 => Frames.RstStream(id, (ErrorCode)random.Next(14)),
            28 => [.. Frames.OpenHeaders(id, server ? HeaderBlock.Post : HeaderBlock.Ok, end), .. Frames.Continuation(id, HeaderBlock.Of("a: " + new string('b', random.Next(3000))), last: random.Next(5) > 0)],
            29 => Frames.Setting(SettingId.InitialWindowSize, (uint)random.Next(100_000)),
            30 => Frames.Setting((SettingId)random.Next(1, 8), (uint)random.Next(20_000)),
            < 33 => Frames.WindowUpdate(random.Next(2) == 0 ? 0 : id, (uint)random.Next(50_000)),
            33 => Frames.Headers(id, HeaderBlock.Of(":status: 103", "content-length: 7"), end),
            34 => Frames.Headers(id, HeaderBlock.PostWith("content-length: " + random.Next(1000)), end),
            35 => Frames.Priority(id, (uint)random.Next(5)),
            36 => Frames.Ping((ulong)random.Next()),
            37 when random.Next(10) == 0 => Frames.GoAway((uint)random.Next(10), ErrorCode.NoError),
            38 when random.Next(10) == 0 => Frames.Raw(random.Next(12), random.Next(256), (uint)random.Next(8), new byte[random.Next(20)]),
            _ => Frames.Raw(0xbe, random.Next(256), (uint)random.Next(8), new byte[random.Next(50)]),
        };
    }
}
