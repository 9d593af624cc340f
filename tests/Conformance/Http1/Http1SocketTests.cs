using System.Net;
using System.Net.Sockets;
using System.Text;
using Mesh.Conformance.Peer;
using Mesh.Tests;
using Mesh.Wire.Http1;
using Mesh.Wire.Streams;
using Mesh.Wire.Transport;

namespace Mesh.Conformance.Http1;

/// <summary>What memory cannot show: how the kernel treats the bytes and the ends of HTTP/1.1, on either loop.</summary>
public sealed class Http1SocketTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private static readonly WireOptions Impatient = new() { KeepAliveInterval = TimeSpan.FromSeconds(1), KeepAliveTimeout = TimeSpan.FromSeconds(1) };

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_caller_reads_a_413_whole_though_it_goes_on_sending(bool portable)
    {
        using var server = new Served(portable, stream =>
        {
            Http1Peer.Answer(stream, "413", new string('x', 50_000));
            stream.StopPeerWhenDone();
        });
        using var caller = await server.ConnectAsync();
        await caller.SendAsync("POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 50000000\r\n\r\n"u8.ToArray());
        var upload = caller.SendAsync(new byte[3_000_000]);
        var answer = await ReadToEndAsync(caller);
        Assert.StartsWith("HTTP/1.1 413 ", answer, StringComparison.Ordinal);
        Assert.EndsWith(new string('x', 50_000), answer, StringComparison.Ordinal);
        await upload.WaitAsync(Patience);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_caller_that_has_ended_its_direction_gets_a_long_answer_whole(bool portable)
    {
        using var server = new Served(portable, stream => Http1Peer.Answer(stream, "200", new string('x', 5_000_000)));
        using var caller = await server.ConnectAsync();
        await caller.SendAsync("GET / HTTP/1.1\r\nhost: a\r\n\r\n"u8.ToArray());
        caller.Shutdown(SocketShutdown.Send);
        Assert.EndsWith(new string('x', 5_000_000), await ReadToEndAsync(caller), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task An_answer_that_is_given_up_is_a_reset_and_no_end(bool portable)
    {
        using var server = new Served(portable, stream =>
        {
            Http1Peer.Head(stream, "200");
            Http1Peer.Write(stream, "half of ");
            stream.Connection.Loop.Post(() => stream.Reset(Wire.Http2.Frames.ErrorCode.InternalError));
        });
        using var caller = await server.ConnectAsync();
        await caller.SendAsync("GET / HTTP/1.0\r\n\r\n"u8.ToArray());
        var e = await Assert.ThrowsAsync<SocketException>(() => ReadToEndAsync(caller));
        Assert.Equal(SocketError.ConnectionReset, e.SocketErrorCode);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Requests_that_come_together_are_all_answered(bool portable)
    {
        const int count = 5000;
        using var server = new Served(portable, stream => Http1Peer.Answer(stream, "200", "x"));
        using var caller = await server.ConnectAsync();
        var requests = string.Concat(Enumerable.Repeat("GET / HTTP/1.1\r\nhost: a\r\n\r\n", count)) + "GET / HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n";
        var sent = caller.SendAsync(Encoding.ASCII.GetBytes(requests));
        var answers = await ReadToEndAsync(caller);
        Assert.Equal(count + 1, answers.Split("HTTP/1.1 200 OK\r\n").Length - 1);
        await sent.WaitAsync(Patience);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_client_reads_the_answer_of_a_server_that_closes_amid_the_upload(bool portable)
    {
        using var ear = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        ear.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        ear.Listen();
        var loop = EventLoop.Create(TimeProvider.System, "loop", portable);
        loop.Start();
        var answered = new TaskCompletionSource<string>(TaskCreationOptions.RunContinuationsAsynchronously);
        var app = new Recorder();
        app.OnCapacityDo = connection =>
        {
            var stream = connection.Open(ScriptedPeer.List(":method: POST", ":scheme: http", ":authority: a", ":path: /", "content-length: 50000000"), endStream: false, app);
            app.Track(stream);
            stream.Write(new byte[2_000_000], endStream: false);
        };
        app.OnEndDo = _ => answered.TrySetResult(string.Join('|', app.Take()));
        app.OnResetDo = _ => answered.TrySetResult(string.Join('|', app.Take()));
        loop.Post(() => Http1Connections.Connect(loop, (IPEndPoint)ear.LocalEndPoint!, app, new WireOptions(), new ViolationCounters()));
        using (var accepted = await ear.AcceptAsync().WaitAsync(Patience))
        {
            await accepted.ReceiveAsync(new byte[1000]).WaitAsync(Patience);
            await accepted.SendAsync("HTTP/1.1 413 Content Too Large\r\ncontent-length: 2\r\nconnection: close\r\n\r\nno"u8.ToArray());
            accepted.Shutdown(SocketShutdown.Send);
            Assert.Equal("response 1 413 content-length=2|data 1 no end", await answered.Task.WaitAsync(Patience));
        }

        loop.Stop();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_silent_call_is_given_up_when_its_caller_is_gone_without_a_word(bool portable)
    {
        if (!LostPackets.IsPossible)
        {
            return;
        }

        var gone = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var asked = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        using var server = new Served(portable, _ => asked.SetResult(), _ => gone.TrySetResult());
        using var caller = await server.ConnectAsync();
        await caller.SendAsync("GET / HTTP/1.1\r\nhost: a\r\n\r\n"u8.ToArray());
        await asked.Task.WaitAsync(Patience);
        LostPackets.Begin(caller);
        // Two seconds; the system alone would never ask.
        await gone.Task.WaitAsync(Patience);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_request_is_given_up_when_a_server_that_has_taken_it_is_gone_without_a_word(bool portable)
    {
        if (!LostPackets.IsPossible)
        {
            return;
        }

        using var ear = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        ear.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        ear.Listen();
        var loop = EventLoop.Create(TimeProvider.System, "loop", portable);
        loop.Start();
        var lost = new TaskCompletionSource<string>(TaskCreationOptions.RunContinuationsAsynchronously);
        var app = new Recorder();
        app.OnResetDo = _ => lost.TrySetResult(string.Join('|', app.Take()));
        app.OnCapacityDo = connection => app.Track(connection.Open(ScriptedPeer.List(":method: GET", ":scheme: http", ":authority: a", ":path: /"), endStream: true, app));
        loop.Post(() => Http1Connections.Connect(loop, (IPEndPoint)ear.LocalEndPoint!, app, Impatient, new ViolationCounters()));
        using (var accepted = await ear.AcceptAsync().WaitAsync(Patience))
        {
            Assert.NotEqual(0, await accepted.ReceiveAsync(new byte[1000]).WaitAsync(Patience));
            LostPackets.Begin(accepted);
            Assert.Equal("reset 1 NO_ERROR ConnectionLost", await lost.Task.WaitAsync(Patience));
        }

        loop.Stop();
    }

    private static async Task<string> ReadToEndAsync(Socket socket)
    {
        var text = new StringBuilder();
        var buffer = new byte[64 * 1024];
        for (int n; (n = await socket.ReceiveAsync(buffer).WaitAsync(Patience)) > 0;)
        {
            text.Append(Encoding.Latin1.GetString(buffer, 0, n));
        }

        return text.ToString();
    }

    /// <summary>A server whose application does one thing with each request's head.</summary>
    private sealed class Served : IDisposable
    {
        private readonly EventLoop _loop;
        private readonly Listener _listener;

        public Served(bool portable, Action<MessageStream> answer, Action<MessageStream>? reset = null)
        {
            _loop = EventLoop.Create(TimeProvider.System, "loop", portable);
            _loop.Start();
            var app = new Recorder { OnRequestDo = answer, OnResetDo = reset };
            _listener = _loop.Listen(
                new IPEndPoint(IPAddress.Loopback, 0),
                [_loop],
                channel => (IChannelHandler)Http1Connections.Accept(channel, app, reset is null ? new WireOptions() : Impatient, new ViolationCounters()));
        }

        public async Task<Socket> ConnectAsync()
        {
            var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            await socket.ConnectAsync(_listener.Local);
            return socket;
        }

        public void Dispose() => _loop.Stop();
    }
}
