using System.Net;
using System.Net.Sockets;
using Mesh.Conformance.Peer;
using Mesh.Wire.Http2.Connections;
using Mesh.Wire.Streams;
using Mesh.Wire.Transport;

namespace Mesh.Conformance;

/// <summary>What memory cannot show: how the kernel treats our last words.</summary>
public sealed class RealSocketTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_peer_that_goes_on_sending_still_reads_our_last_words_and_then_an_orderly_end(bool portable)
    {
        var loop = EventLoop.Create(TimeProvider.System, "loop", portable);
        loop.Start();
        var app = new Recorder();
        var listener = loop.Listen(new IPEndPoint(IPAddress.Loopback, 0), [loop], channel => Http2Connection.Accept(channel, app, new WireOptions(), new ViolationCounters()));
        using var peer = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        await peer.ConnectAsync(listener.Local);
        // The error, and more behind it than is read in one go, so that input is left over.
        await peer.SendAsync((byte[])[.. Frames.Preface, .. Frames.Settings(), .. Frames.Raw(6, 0, 0, new byte[7])]);
        var more = peer.SendAsync(new byte[2_000_000]);
        var parser = new FrameParser(expectPreface: false);
        var lines = new List<string>();
        var buffer = new byte[10_000];
        for (int n; (n = await peer.ReceiveAsync(buffer).WaitAsync(Patience)) > 0;)
        {
            lines.AddRange(parser.Parse(buffer[..n]));
        }

        Assert.Equal("GOAWAY 0 FRAME_SIZE_ERROR", lines[^1]);
        await more.WaitAsync(Patience);
        peer.Dispose();
        await loop.InvokeAsync(() => Assert.True(app.ConnectionClosed));
        loop.Stop();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_peer_that_connects_and_says_nothing_is_closed(bool portable)
    {
        var violations = new ViolationCounters();
        var loop = EventLoop.Create(TimeProvider.System, "loop", portable);
        loop.Start();
        var options = new WireOptions { HandshakeTimeout = TimeSpan.FromMilliseconds(50) };
        var listener = loop.Listen(new IPEndPoint(IPAddress.Loopback, 0), [loop], channel => Http2Connection.Accept(channel, new Recorder(), options, violations));
        using var peer = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        await peer.ConnectAsync(listener.Local);
        var buffer = new byte[1000];
        while (await peer.ReceiveAsync(buffer).WaitAsync(Patience) > 0)
        {
        }

        Assert.Equal(1, violations[ProtocolViolation.SlowPeer]);
        loop.Stop();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_client_that_speaks_tls_to_a_cleartext_port_is_counted_as_that(bool portable)
    {
        var violations = new ViolationCounters();
        var loop = EventLoop.Create(TimeProvider.System, "loop", portable);
        loop.Start();
        var listener = loop.Listen(
            new IPEndPoint(IPAddress.Loopback, 0), [loop], channel => Http2Connection.Accept(channel, new Recorder(), new WireOptions(), violations));
        using var peer = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        await peer.ConnectAsync(listener.Local);
        await peer.SendAsync((byte[])[0x16, 3, 1, 0, 200, 1, 0, 0, 196, 3, 3, .. new byte[32]]);
        var parser = new FrameParser(expectPreface: false);
        var lines = new List<string>();
        var buffer = new byte[1000];
        for (int n; (n = await peer.ReceiveAsync(buffer).WaitAsync(Patience)) > 0;)
        {
            lines.AddRange(parser.Parse(buffer[..n]));
        }

        Assert.Equal("GOAWAY 0 PROTOCOL_ERROR", lines[^1]);
        Assert.Equal(1, violations[ProtocolViolation.UnexpectedTls]);
        loop.Stop();
    }
}
