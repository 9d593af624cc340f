using System.Net;
using System.Net.Sockets;
using System.Text;
using Mesh.ControlPlane.Listening;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Http.Features;

namespace Mesh.ControlPlane.Tests.Listening;

public sealed class PooledConnectionTests : IAsyncLifetime
{
    private readonly CountedPool _pool = new();
    private Socket _client = null!;
    private PooledConnection _connection = null!;

    public async Task InitializeAsync()
    {
        using var listener = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        listener.Listen();
        _client = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        await _client.ConnectAsync(listener.LocalEndPoint!);
        _connection = new PooledConnection("1", await listener.AcceptAsync(), _pool);
    }

    public async Task DisposeAsync()
    {
        _client.Dispose();
        await _connection.DisposeAsync();
    }

    [Fact]
    public async Task What_is_said_comes_and_what_is_answered_goes()
    {
        await _client.SendAsync("question"u8.ToArray());
        Assert.Equal("question", await ReadAsync());
        await _connection.Transport.Output.WriteAsync("answer"u8.ToArray());
        var answer = new byte[6];
        await ReceiveAllAsync(answer);
        Assert.Equal("answer", Encoding.ASCII.GetString(answer));
    }

    [Fact]
    public void Who_sees_its_features_alone_finds_what_belongs_to_it()
    {
        _connection.Features.GetRequiredFeature<IConnectionItemsFeature>().Items["kept"] = "by its calls";
        Assert.Equal("by its calls", _connection.Items["kept"]);
        Assert.Equal(_connection.ConnectionClosed, _connection.Features.GetRequiredFeature<IConnectionLifetimeFeature>().ConnectionClosed);
    }

    [Fact]
    public async Task An_answer_of_many_blocks_comes_whole()
    {
        var answer = new byte[300_000];
        new Random(1).NextBytes(answer);
        var sent = _connection.Transport.Output.WriteAsync(answer).AsTask();
        var received = new byte[answer.Length];
        await ReceiveAllAsync(received);
        await sent.WaitAsync(Bound.Time);
        Assert.Equal(answer, received);
    }

    [Fact]
    public async Task While_nothing_is_said_it_holds_no_block_and_takes_them_from_its_pool()
    {
        for (var round = 0; round < 20; round++)
        {
            await _client.SendAsync("beat"u8.ToArray());
            await ReadAsync();
            await _connection.Transport.Output.WriteAsync("beat"u8.ToArray());
            await ReceiveAllAsync(new byte[4]);
        }

        await Bound.UntilAsync(() => _pool.Out == 0);
        Assert.InRange(_pool.Rented, 40, 80);
    }

    [Fact]
    public async Task When_the_client_has_said_all_it_can_still_be_answered()
    {
        _client.Shutdown(SocketShutdown.Send);
        var end = await _connection.Transport.Input.ReadAsync();
        Assert.True(end.IsCompleted);
        await _connection.Transport.Output.WriteAsync("last"u8.ToArray());
        await _connection.Transport.Output.CompleteAsync();
        await ReceiveAllAsync(new byte[4]);
        Assert.Equal(0, await _client.ReceiveAsync(new byte[1]));
    }

    [Fact]
    public async Task A_client_that_resets_is_told_as_one()
    {
        _client.LingerState = new LingerOption(true, 0);
        _client.Dispose();
        await Assert.ThrowsAsync<ConnectionResetException>(() => _connection.Transport.Input.ReadAsync().AsTask().WaitAsync(Bound.Time));
        await Closed();
    }

    [Fact]
    public async Task Abort_ends_it_at_once_whatever_waits()
    {
        // More than the system takes of one whose client does not read.
        var stuck = _connection.Transport.Output.WriteAsync(new byte[32 * 1024 * 1024]).AsTask();
        var reading = _connection.Transport.Input.ReadAsync().AsTask();
        _connection.Abort(new ConnectionAbortedException("its place is needed"));
        await Assert.ThrowsAsync<ConnectionAbortedException>(() => reading.WaitAsync(Bound.Time));
        Assert.True((await stuck.WaitAsync(Bound.Time)) is { IsCompleted: true } or { IsCanceled: true });
        await Closed();
        await _connection.DisposeAsync();
        await Bound.UntilAsync(() => _pool.Out == 0);
    }

    private Task Closed() => Bound.UntilAsync(() => _connection.ConnectionClosed.IsCancellationRequested);

    private async Task<string> ReadAsync()
    {
        var read = await _connection.Transport.Input.ReadAsync().AsTask().WaitAsync(Bound.Time);
        var text = Encoding.ASCII.GetString(read.Buffer);
        _connection.Transport.Input.AdvanceTo(read.Buffer.End);
        return text;
    }

    private async Task ReceiveAllAsync(byte[] into)
    {
        for (var at = 0; at < into.Length;)
        {
            var count = await _client.ReceiveAsync(into.AsMemory(at)).AsTask().WaitAsync(Bound.Time);
            Assert.NotEqual(0, count);
            at += count;
        }
    }
}
