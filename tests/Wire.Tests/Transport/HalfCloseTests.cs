using System.Net;
using System.Net.Sockets;
using Mesh.Wire.Buffers;
using Mesh.Wire.Transport;

namespace Mesh.Wire.Tests.Transport;

/// <summary>One direction that ends or stands still while the other goes on, over real sockets, on either loop.</summary>
public sealed class HalfCloseTests
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Who_has_ended_its_direction_still_gets_the_answer(bool portable)
    {
        using var loops = new Loops(portable);
        var (ear, client) = await ConnectedAsync(loops);
        await client.SendAsync("hello"u8.ToArray());
        client.Shutdown(SocketShutdown.Send);
        await ear.PeerEnded.Task.WaitAsync(Loops.Patience);
        await ear.SayAsync(new byte[1_000_000]);
        var got = 0;
        await Task.Run(() =>
        {
            var buffer = new byte[64 * 1024];
            while (got < 1_000_000)
            {
                got += client.Receive(buffer);
            }
        }).WaitAsync(Loops.Patience);
        Assert.Equal(1_000_000, got);
        Assert.False(ear.Closed.Task.IsCompleted);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Nothing_is_read_while_reading_is_paused(bool portable)
    {
        using var loops = new Loops(portable);
        var (ear, client) = await ConnectedAsync(loops);
        await ear.DoAsync(channel => channel.PauseReading());
        client.Blocking = false;
        var sent = await FillAsync(client);
        Assert.InRange(sent, 1, 100_000_000); // the system's buffers are full, and ours are not
        Assert.Equal(0, ear.Received);
        await ear.DoAsync(channel => channel.ResumeReading());
        await Loops.Until(() => Volatile.Read(ref ear.Received) == sent);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task The_end_of_a_peer_that_is_not_read_is_told_when_it_is(bool portable)
    {
        using var loops = new Loops(portable);
        var (ear, client) = await ConnectedAsync(loops);
        await ear.DoAsync(channel => channel.PauseReading());
        await client.SendAsync("last words"u8.ToArray());
        client.Close();
        await ear.DoAsync(channel => channel.ResumeReading());
        await ear.PeerEnded.Task.WaitAsync(Loops.Patience);
        Assert.Equal(10, ear.Received);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_channel_that_is_cut_is_reset_to_its_peer(bool portable)
    {
        using var loops = new Loops(portable);
        var (ear, client) = await ConnectedAsync(loops);
        await ear.DoAsync(channel => channel.Cut());
        var e = await Assert.ThrowsAsync<SocketException>(async () => await client.ReceiveAsync(new byte[1]).WaitAsync(Loops.Patience));
        Assert.Equal(SocketError.ConnectionReset, e.SocketErrorCode);
    }

    [Fact]
    public async Task Who_has_ended_its_direction_and_then_resets_is_noticed()
    {
        using var loops = new Loops(portable: false);
        var (ear, client) = await ConnectedAsync(loops);
        client.Shutdown(SocketShutdown.Send);
        await ear.PeerEnded.Task.WaitAsync(Loops.Patience);
        client.LingerState = new LingerOption(true, 0);
        client.Close();
        Assert.Equal(ChannelEnd.Reset, await ear.Closed.Task.WaitAsync(Loops.Patience));
    }

    private static async Task<(Ear Ear, Socket Client)> ConnectedAsync(Loops loops)
    {
        var loop = loops.Start();
        var ear = new TaskCompletionSource<Ear>(TaskCreationOptions.RunContinuationsAsynchronously);
        var listener = loop.Listen(Loops.AnyPort, [loop], channel =>
        {
            var made = new Ear(channel);
            ear.SetResult(made);
            return made;
        });
        var client = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        await client.ConnectAsync(listener.Local);
        return (await ear.Task.WaitAsync(Loops.Patience), client);
    }

    /// <summary>Sends until the system takes no more for half a second.</summary>
    private static async Task<int> FillAsync(Socket client)
    {
        var sent = 0;
        var block = new byte[64 * 1024];
        while (await Task.Run(() => client.Poll(500_000, SelectMode.SelectWrite)))
        {
            sent += client.Send(block, SocketFlags.None, out _);
        }

        return sent;
    }

    /// <summary>Counts what comes, and keeps the channel when the peer has ended.</summary>
    private sealed class Ear(Channel channel) : IChannelHandler
    {
        public int Received;

        private readonly ByteQueue _output = new(channel.Loop.Segments);

        public TaskCompletionSource PeerEnded { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public TaskCompletionSource<ChannelEnd> Closed { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Task DoAsync(Action<Channel> what) => channel.Loop.InvokeAsync(() => what(channel));

        public Task SayAsync(byte[] bytes) => DoAsync(_ =>
        {
            _output.Append(bytes);
            channel.RequestFlush();
        });

        public void OnConnected()
        {
        }

        public void OnBytes(ReadOnlySpan<byte> bytes) => Volatile.Write(ref Received, Received + bytes.Length);

        public void OnFlush() => channel.Write(_output);

        public bool OnPeerEnded() => PeerEnded.TrySetResult();

        public void OnClosed(ChannelEnd end)
        {
            _output.Clear();
            Closed.TrySetResult(end);
        }
    }
}
