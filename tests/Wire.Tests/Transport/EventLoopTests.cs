using System.Net;
using System.Net.Sockets;
using Mesh.Tests;
using Mesh.Wire.Timers;
using Mesh.Wire.Transport;

namespace Mesh.Wire.Tests.Transport;

/// <summary>What holds for the epoll loop (where there is one) and for the portable one alike, over real sockets.</summary>
public sealed class EventLoopTests
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Ten_megabytes_come_back_as_they_were_sent(bool portable)
    {
        using var loops = new Loops(portable);
        var server = loops.Start();
        var client = loops.Start();
        var listener = server.Listen(Loops.AnyPort, [server], channel => new Echo(channel));
        var sender = await Connect(client, listener.Local, 10_000_000);
        await sender.AllBack.Task.WaitAsync(Loops.Patience);
        Assert.Equal(0, sender.Wrong);
        await client.InvokeAsync(() => Assert.Equal(0, client.Segments.InUse));
        await server.InvokeAsync(() => Assert.Equal(0, server.Segments.InUse));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_refused_connection_is_told(bool portable)
    {
        using var loops = new Loops(portable);
        var loop = loops.Start();
        using var taken = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        taken.Bind(Loops.AnyPort); // bound and not listening: nobody else can
        var sender = await Connect(loop, (IPEndPoint)taken.LocalEndPoint!, 10);
        Assert.Equal(ChannelEnd.ConnectFailed, await sender.Closed.Task.WaitAsync(Loops.Patience));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task An_address_that_is_taken_is_told_to_the_caller(bool portable)
    {
        using var loops = new Loops(portable);
        var loop = loops.Start();
        var listener = loop.Listen(Loops.AnyPort, [loop], _ => null);
        Assert.Throws<SocketException>(() => loop.Listen(listener.Local, [loop], _ => null));
        await loop.InvokeAsync(() => { });
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_blocked_writer_goes_on_when_the_peer_reads_again(bool portable)
    {
        using var loops = new Loops(portable);
        var loop = loops.Start();
        using var listener = Listening();
        var sender = await Connect(loop, (IPEndPoint)listener.LocalEndPoint!, 20_000_000);
        using var peer = await listener.AcceptAsync();
        await sender.Blocked.Task.WaitAsync(Loops.Patience);
        var buffer = new byte[1 << 16];
        var received = 0;
        while (received < 20_000_000)
        {
            var n = await peer.ReceiveAsync(buffer);
            Assert.True(n > 0);
            for (var i = 0; i < n; i++)
            {
                Assert.Equal((byte)((received + i) * 31 >> 3), buffer[i]);
            }

            received += n;
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_peer_that_resets_amid_a_write_is_told_as_reset(bool portable)
    {
        using var loops = new Loops(portable);
        var loop = loops.Start();
        using var listener = Listening();
        var sender = await Connect(loop, (IPEndPoint)listener.LocalEndPoint!, 50_000_000);
        var peer = await listener.AcceptAsync();
        await sender.Blocked.Task.WaitAsync(Loops.Patience);
        // Blocked is as well who has not seen yet that he is connected.
        Assert.Equal(1, await peer.ReceiveAsync(new byte[1]).WaitAsync(Loops.Patience));
        peer.LingerState = new LingerOption(true, 0);
        peer.Dispose();
        Assert.Equal(ChannelEnd.Reset, await sender.Closed.Task.WaitAsync(Loops.Patience));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_peer_that_acknowledges_nothing_is_told_as_reset_after_the_limit(bool portable)
    {
        if (!LostPackets.IsPossible)
        {
            return;
        }

        using var loops = new Loops(portable);
        var loop = loops.Start();
        using var listener = Listening();
        var sender = await Connect(loop, (IPEndPoint)listener.LocalEndPoint!, 50_000_000);
        using var peer = await listener.AcceptAsync();
        Assert.Equal(1, await peer.ReceiveAsync(new byte[1]).WaitAsync(Loops.Patience));
        LostPackets.Begin(peer);
        await loop.InvokeAsync(() => sender.Channel.LimitUnacknowledged(TimeSpan.FromSeconds(1)));
        // The system alone would go on for a quarter of an hour.
        Assert.Equal(ChannelEnd.Reset, await sender.Closed.Task.WaitAsync(Loops.Patience));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_peer_that_reads_nothing_acknowledges_and_one_whose_packets_are_lost_does_not(bool portable)
    {
        if (!LostPackets.IsPossible)
        {
            return;
        }

        var limit = TimeSpan.FromSeconds(1);
        using var loops = new Loops(portable);
        var loop = loops.Start();
        using var listener = Listening();
        var sender = await Connect(loop, (IPEndPoint)listener.LocalEndPoint!, 50_000_000);
        using var peer = await listener.AcceptAsync();
        Assert.Equal(1, await peer.ReceiveAsync(new byte[1]).WaitAsync(Loops.Patience));
        // The window is shut, and by then the system has asked after it several times.
        using var timer = new PeriodicTimer(limit);
        for (var i = 0; i < 3; i++)
        {
            await timer.WaitForNextTickAsync();
            Assert.False(await IsUnacknowledgedAsync());
        }

        LostPackets.Begin(peer);
        await Condition.HoldsAsync(IsUnacknowledgedAsync, () => "what is sent is not acknowledged any more", Loops.Patience);

        async Task<bool> IsUnacknowledgedAsync()
        {
            var result = false;
            await loop.InvokeAsync(() => result = sender.Channel.IsUnacknowledgedFor(limit));
            return result;
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_peer_that_closes_is_told_as_the_end_of_the_stream(bool portable)
    {
        using var loops = new Loops(portable);
        var loop = loops.Start();
        using var listener = Listening();
        var sender = await Connect(loop, (IPEndPoint)listener.LocalEndPoint!, 0);
        var peer = await listener.AcceptAsync();
        peer.Dispose();
        Assert.Equal(ChannelEnd.EndOfStream, await sender.Closed.Task.WaitAsync(Loops.Patience));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task After_our_writing_has_ended_the_peer_still_reads_all_and_its_bytes_still_come(bool portable)
    {
        using var loops = new Loops(portable);
        var loop = loops.Start();
        using var listener = Listening();
        var sender = await Connect(loop, (IPEndPoint)listener.LocalEndPoint!, 1000);
        using var peer = await listener.AcceptAsync();
        var buffer = new byte[2000];
        for (var n = 0; n < 1000;)
        {
            n += await peer.ReceiveAsync(buffer.AsMemory(n));
        }

        await loop.InvokeAsync(() =>
        {
            sender.Channel.ShutdownWrite();
            sender.Channel.ShutdownWrite();
        });
        Assert.Equal(0, await peer.ReceiveAsync(new byte[1]));
        await peer.SendAsync(buffer.AsMemory(0, 1000));
        await sender.AllBack.Task.WaitAsync(Loops.Patience);
        Assert.False(sender.Closed.Task.IsCompleted);
        peer.Shutdown(SocketShutdown.Send);
        Assert.Equal(ChannelEnd.EndOfStream, await sender.Closed.Task.WaitAsync(Loops.Patience));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Work_posted_from_many_threads_runs_all_of_it_on_the_loop_and_in_order(bool portable)
    {
        using var loops = new Loops(portable);
        var loop = loops.Start();
        var seen = new List<(int Thread, int Number)>();
        var threads = new HashSet<int>();
        await Task.WhenAll(Enumerable.Range(0, 8).Select(t => Task.Run(async () =>
        {
            for (var i = 0; i < 2000; i++)
            {
                var number = i;
                void Work()
                {
                    seen.Add((t, number));
                    threads.Add(Environment.CurrentManagedThreadId);
                }

                if (i % 100 == 0)
                {
                    await loop.InvokeAsync(Work);
                }
                else
                {
                    loop.Post(Work);
                }
            }
        })));
        await loop.InvokeAsync(() => { }).WaitAsync(Loops.Patience);
        Assert.Equal(16_000, seen.Count);
        Assert.Single(threads);
        Assert.All(seen.GroupBy(s => s.Thread), of => Assert.Equal(Enumerable.Range(0, 2000), of.Select(s => s.Number)));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task What_was_posted_before_bytes_were_sent_runs_before_they_are_read(bool portable)
    {
        using var loops = new Loops(portable);
        var loop = loops.Start();
        var order = System.Threading.Channels.Channel.CreateUnbounded<string>();
        var listener = loop.Listen(Loops.AnyPort, [loop], _ => new Noting(order.Writer));
        using var client = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await client.ConnectAsync(listener.Local);
        await client.SendAsync("a"u8.ToArray());
        Assert.Equal("bytes", await order.Reader.ReadAsync().AsTask().WaitAsync(Loops.Patience));

        using var held = new ManualResetEventSlim();
        using var free = new ManualResetEventSlim();
        loop.Post(() =>
        {
            held.Set();
            free.Wait(Loops.Patience);
        });
        Assert.True(held.Wait(Loops.Patience));
        loop.Post(() => order.Writer.TryWrite("posted"));
        await client.SendAsync("b"u8.ToArray());
        free.Set();

        Assert.Equal("posted", await order.Reader.ReadAsync().AsTask().WaitAsync(Loops.Patience));
        Assert.Equal("bytes", await order.Reader.ReadAsync().AsTask().WaitAsync(Loops.Patience));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task What_posted_work_throws_goes_to_its_caller_or_to_the_loops_fault_and_the_loop_goes_on(bool portable)
    {
        using var loops = new Loops(portable);
        var loop = loops.Start();
        await Assert.ThrowsAsync<FormatException>(() => loop.InvokeAsync(() => throw new FormatException()));
        loop.Post(() => throw new FormatException());
        loop.Post(() => loop.Timers.Schedule(new LoopTimer(new Throwing()), 0));
        await Loops.Until(() =>
        {
            lock (loops.Faults)
            {
                return loops.Faults.Count == 2;
            }
        });
        await loop.InvokeAsync(() => { }).WaitAsync(Loops.Patience);
        loops.Faults.Clear();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_handler_that_throws_loses_its_connection_and_no_other(bool portable)
    {
        using var loops = new Loops(portable);
        var loop = loops.Start();
        var accepted = 0;
        var listener = loop.Listen(Loops.AnyPort, [loop], channel => ++accepted switch
        {
            1 => new Echo(channel),
            2 => throw new FormatException(),
            _ => new ThrowingHandler(),
        });
        var good = await Connect(loop, listener.Local, 1000);
        await good.AllBack.Task.WaitAsync(Loops.Patience);
        await Connect(loop, listener.Local, 10);
        var bad = await Connect(loop, listener.Local, 10);
        await bad.Closed.Task.WaitAsync(Loops.Patience);
        Assert.False(good.Closed.Task.IsCompleted);
        Assert.Equal(2, loops.Faults.Count);
        loops.Faults.Clear();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_closed_listener_takes_no_more_and_those_there_are_go_on(bool portable)
    {
        using var loops = new Loops(portable);
        var loop = loops.Start();
        var listener = loop.Listen(Loops.AnyPort, [loop], channel => new Echo(channel));
        var early = await Connect(loop, listener.Local, 0);
        await early.Connected.Task.WaitAsync(Loops.Patience);
        var echo = await Connect(loop, listener.Local, 1);
        await echo.AllBack.Task.WaitAsync(Loops.Patience); // both are accepted: they come in order
        await loop.InvokeAsync(listener.Close);
        await loop.InvokeAsync(listener.Close);
        var late = await Connect(loop, listener.Local, 1);
        await late.Closed.Task.WaitAsync(Loops.Patience);
        Assert.False(early.Closed.Task.IsCompleted);
        Assert.Equal(0, late.Received);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_listener_closed_before_the_loop_has_opened_it_is_no_fault(bool portable)
    {
        using var loops = new Loops(portable);
        var loop = loops.Start();
        await loop.InvokeAsync(() => loop.Listen(Loops.AnyPort, [loop], _ => null).Close());
        await loop.InvokeAsync(() => { });
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Connections_are_spread_over_the_loops_in_turn_and_stay_there(bool portable)
    {
        using var loops = new Loops(portable);
        var first = loops.Start();
        var second = loops.Start();
        var owners = new System.Collections.Concurrent.ConcurrentBag<EventLoop>();
        var listener = first.Listen(Loops.AnyPort, [first, second], channel =>
        {
            owners.Add(channel.Loop);
            return new Echo(channel);
        });
        var senders = new List<Sender>();
        for (var i = 0; i < 10; i++)
        {
            senders.Add(await Connect(second, listener.Local, 100_000));
        }

        foreach (var sender in senders)
        {
            await sender.AllBack.Task.WaitAsync(Loops.Patience);
            Assert.Equal(0, sender.Wrong);
        }

        Assert.Equal(5, owners.Count(o => ReferenceEquals(o, first)));
        Assert.Equal(5, owners.Count(o => ReferenceEquals(o, second)));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_timer_fires_without_anything_else_happening(bool portable)
    {
        using var loops = new Loops(portable);
        var loop = loops.Start();
        var fired = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await loop.InvokeAsync(() => loop.Timers.Schedule(new LoopTimer(new Firing(fired)), loop.Now + (30 * TimeSpan.TicksPerMillisecond)));
        await fired.Task.WaitAsync(Loops.Patience);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_stopped_loop_closes_its_connections_and_takes_posts_without_harm(bool portable)
    {
        using var loops = new Loops(portable);
        var server = loops.Start();
        var client = loops.Start();
        var listener = server.Listen(Loops.AnyPort, [server], channel => new Echo(channel));
        var sender = await Connect(client, listener.Local, 100);
        await sender.AllBack.Task.WaitAsync(Loops.Patience);
        server.Stop();
        await sender.Closed.Task.WaitAsync(Loops.Patience);
        for (var i = 0; i < 100; i++)
        {
            server.Post(() => { });
        }
    }

    private static Socket Listening()
    {
        var listener = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        listener.Bind(Loops.AnyPort);
        listener.Listen();
        return listener;
    }

    private static async Task<Sender> Connect(EventLoop loop, IPEndPoint remote, int toSend)
    {
        var sender = new Sender(loop, toSend);
        await loop.InvokeAsync(() =>
        {
            sender.Channel = loop.Connect(remote, sender);
            sender.Channel.RequestFlush();
        });
        return sender;
    }

    private sealed class Throwing : ITimerTarget
    {
        public void OnTimer(int kind) => throw new FormatException();
    }

    private sealed class Firing(TaskCompletionSource fired) : ITimerTarget
    {
        public void OnTimer(int kind) => fired.SetResult();
    }

    private sealed class Noting(System.Threading.Channels.ChannelWriter<string> order) : IChannelHandler
    {
        public void OnConnected()
        {
        }

        public void OnBytes(ReadOnlySpan<byte> bytes) => order.TryWrite("bytes");

        public void OnFlush()
        {
        }

        public void OnClosed(ChannelEnd end)
        {
        }
    }

    private sealed class ThrowingHandler : IChannelHandler
    {
        public void OnConnected()
        {
        }

        public void OnBytes(ReadOnlySpan<byte> bytes) => throw new FormatException();

        public void OnFlush()
        {
        }

        public void OnClosed(ChannelEnd end)
        {
        }
    }
}
