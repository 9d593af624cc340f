using System.Net;
using Mesh.Wire.Buffers;
using Mesh.Wire.Transport;

namespace Mesh.Wire.Tests.Transport;

/// <summary>Loops of one kind, stopped at the end; what went wrong on them fails the test.</summary>
internal sealed class Loops : IDisposable
{
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);
    public static readonly IPEndPoint AnyPort = new(IPAddress.Loopback, 0);

    private readonly List<EventLoop> _loops = [];
    private readonly bool _portable;

    public Loops(bool portable) => _portable = portable;

    public List<Exception> Faults { get; } = [];

    public EventLoop Start()
    {
        var loop = EventLoop.Create(TimeProvider.System, $"loop-{_loops.Count}", _portable);
        loop.Fault = e =>
        {
            lock (Faults)
            {
                Faults.Add(e);
            }
        };
        loop.Start();
        _loops.Add(loop);
        return loop;
    }

    public void Dispose()
    {
        _loops.ForEach(loop => loop.Stop());
        lock (Faults)
        {
            Assert.Empty(Faults);
        }
    }

    public static async Task Until(Func<bool> condition)
    {
        using var patience = new CancellationTokenSource(Patience);
        while (!condition())
        {
            Assert.False(patience.IsCancellationRequested, "it did not come about in 30 s");
            await Task.Yield();
        }
    }
}

/// <summary>Sends back what comes in.</summary>
internal sealed class Echo(Channel channel) : IChannelHandler
{
    private readonly ByteQueue _output = new(channel.Loop.Segments);

    public void OnConnected()
    {
    }

    public void OnBytes(ReadOnlySpan<byte> bytes)
    {
        _output.Append(bytes);
        channel.RequestFlush();
    }

    public void OnFlush() => channel.Write(_output);

    public void OnClosed(ChannelEnd end) => _output.Clear();
}

/// <summary>Sends so many bytes, and checks what comes back.</summary>
internal sealed class Sender(EventLoop loop, int toSend) : IChannelHandler
{
    private readonly ByteQueue _output = new(loop.Segments);
    private int _queued;

    public Channel Channel { get; set; } = null!;

    public TaskCompletionSource<ChannelEnd> Closed { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public TaskCompletionSource AllBack { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public TaskCompletionSource Connected { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public TaskCompletionSource Blocked { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public int Received { get; private set; }

    public int Wrong { get; private set; }

    public void OnConnected() => Connected.TrySetResult();

    public void OnBytes(ReadOnlySpan<byte> bytes)
    {
        foreach (var b in bytes)
        {
            Wrong += b == (byte)(Received++ * 31 >> 3) ? 0 : 1;
        }

        if (Received == toSend)
        {
            AllBack.TrySetResult();
        }
    }

    public void OnFlush()
    {
        while (_queued < toSend && _output.Length < 1 << 20)
        {
            _output.Append([(byte)(_queued++ * 31 >> 3)]);
        }

        var result = Channel.Write(_output);
        if (result == WriteResult.Blocked)
        {
            Blocked.TrySetResult();
        }
        else if (result == WriteResult.Done && _queued < toSend)
        {
            Channel.RequestFlush();
        }
    }

    public void OnClosed(ChannelEnd end)
    {
        _output.Clear();
        Closed.TrySetResult(end);
    }
}
