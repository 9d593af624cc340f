using System.Net;
using Mesh.Wire.Buffers;
using Mesh.Wire.Streams;
using Mesh.Wire.Tls;
using Mesh.Wire.Transport;
using Mesh.Wire.Transport.Loopback;
using Mesh.Wire.Transport.Memory;

namespace Mesh.Wire.Tests.Tls;

/// <summary>Once hands are shaken TLS takes nothing off the heap.</summary>
public sealed class TlsAllocationTests
{
    [OpenSslFact]
    public void Records_allocate_nothing()
    {
        var loop = new MemoryLoop(TimeProvider.System);
        var identity = TlsPair.IdentityOf(TlsPair.Authority.Issue("users"));
        var context = TlsContext.Create(identity);
        var (near, far) = LoopbackChannel.Pair(loop);
        loop.Connector = _ => near;
        var server = TlsChannel.Accept(far, context, new PeerRule("mesh.test"), new HandshakeGate(loop, new HandshakeLimits(), new HandshakeCounters()))!;
        server.Handler = new Echo(server);
        var client = TlsChannel.Connect(loop, new IPEndPoint(IPAddress.Loopback, 1), context, PeerRule.Of(identity.Id), Protocol.Http2, new HandshakeCounters());
        var ends = new Echo(client) { Left = 1 };
        client.Handler = ends;
        var least = long.MaxValue;
        for (var i = 0; i < 5; i++)
        {
            var before = GC.GetAllocatedBytesForCurrentThread();
            ends.Left = 500;
            ends.Say(new byte[9000].AsSpan()[..(i % 2 == 0 ? 150 : 9000)]);
            for (var turns = 0; turns < 20_000 && ends.Left > 0; turns++)
            {
                loop.Turn();
            }

            Assert.Equal(0, ends.Left);
            least = Math.Min(least, GC.GetAllocatedBytesForCurrentThread() - before);
        }

        Assert.InRange(least, 0, 20_000); // the message itself, and nothing for each of five hundred
    }

    /// <summary>Says back what it hears, at the end of the turn.</summary>
    private sealed class Echo(TlsChannel channel) : IChannelHandler
    {
        private readonly ByteQueue _output = new(channel.Loop.Segments);

        public int Left { get; set; } = int.MaxValue;

        public void Say(ReadOnlySpan<byte> bytes)
        {
            _output.Append(bytes);
            channel.RequestFlush();
        }

        public void OnConnected()
        {
        }

        public void OnBytes(ReadOnlySpan<byte> bytes)
        {
            if (--Left > 0)
            {
                Say(bytes);
            }
        }

        public void OnFlush() => channel.Write(_output);

        public void OnClosed(ChannelEnd end) => Assert.Fail($"{end} {channel.Failure}");
    }
}
