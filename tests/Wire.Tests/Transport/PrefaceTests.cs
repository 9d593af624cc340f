using System.Text;
using Mesh.Wire.Streams;
using Mesh.Wire.Transport;
using Mesh.Wire.Transport.Memory;
using Microsoft.Extensions.Time.Testing;

namespace Mesh.Wire.Tests.Transport;

/// <summary>To whom a connection goes by its first bytes, on a port that serves both HTTP/2 and HTTP/1.1.</summary>
public sealed class PrefaceTests
{
    [Theory]
    [InlineData("P", null)]
    [InlineData("PRI", null)]
    [InlineData("PRI ", Protocol.Http2)]
    [InlineData("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", Protocol.Http2)]
    [InlineData("G", Protocol.Http1)]
    [InlineData("PUT", Protocol.Http1)]
    [InlineData("PR /", Protocol.Http1)]
    [InlineData("GET / HTTP/1.1\r\n", Protocol.Http1)]
    [InlineData("\r\nGET / HTTP/1.1\r\nHost: a\r\n", Protocol.Http1)]
    [InlineData("PROPFIND / HTTP/1.1\r\n", Protocol.Http1)]
    [InlineData("PRIVATE / HTTP/1.1\r\n", Protocol.Http1)]
    [InlineData("get / http/1.1\r\n", Protocol.Http1)]
    [InlineData("\0\0\0\u0004", Protocol.Http1)]
    [InlineData("hello\r\n", Protocol.Http1)]
    [InlineData("\u0016\u0003\u0001", Protocol.Http1)]
    public void Only_the_preface_is_HTTP_2(string bytes, Protocol? first)
    {
        foreach (var drips in new[] { false, true })
        {
            var (channel, chosen) = Choice(new MemoryLoop(new FakeTimeProvider()));
            byte[] all = Encoding.Latin1.GetBytes(bytes);
            foreach (var piece in drips ? all.Select(b => new[] { b }) : [all])
            {
                channel.Receive(piece);
            }

            Assert.Equal(bytes[0] == '\u0016' ? 1 : 0, chosen.Violations[ProtocolViolation.UnexpectedTls]);
            Assert.Equal(first, chosen.First);
            Assert.Equal(first is null ? "" : bytes, Encoding.Latin1.GetString([.. chosen.Bytes]));
        }
    }

    [Fact]
    public void Who_says_nothing_is_not_waited_for()
    {
        var clock = new FakeTimeProvider();
        var loop = new MemoryLoop(clock);
        var (channel, chosen) = Choice(loop);
        channel.Receive("PR"u8);
        clock.Advance(TimeSpan.FromSeconds(9.9));
        loop.Turn();
        Assert.False(channel.IsClosed);

        clock.Advance(TimeSpan.FromSeconds(0.2));
        loop.Turn();
        Assert.True(channel.IsClosed);
        Assert.Equal(1, chosen.Overs);
    }

    private static (MemoryChannel Channel, Chosen Chosen) Choice(MemoryLoop loop)
    {
        var chosen = new Chosen();
        var channel = new MemoryChannel(loop);
        channel.Handler = new ProtocolChoice(
            channel,
            TimeSpan.FromSeconds(10),
            chosen.Violations,
            (_, first) =>
            {
                chosen.First = first;
                return chosen;
            },
            _ => chosen.Overs++);
        return (channel, chosen);
    }

    private sealed class Chosen : IChannelHandler
    {
        public Protocol? First { get; set; }

        public ViolationCounters Violations { get; } = new();

        public int Overs { get; set; }

        public List<byte> Bytes { get; } = [];

        public void OnConnected()
        {
        }

        public void OnBytes(ReadOnlySpan<byte> bytes) => Bytes.AddRange(bytes);

        public void OnFlush()
        {
        }

        public void OnClosed(ChannelEnd end)
        {
        }
    }
}
