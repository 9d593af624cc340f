using System.Threading.Channels;
using Mesh.Sidecar.Listeners;
using Mesh.Wire.Buffers;

namespace Mesh.Sidecar.Overload;

/// <summary>
/// Looks at what the process is short of, has garbage collected while that is memory, and tells an operator. What comes and goes is told
/// once, when it begins and when it is over: a process at its limit goes to and fro many times a second.
/// </summary>
internal sealed class OverloadWatch
{
    /// <summary>Between two looks at a process that is short of nothing: loops look by themselves, what else takes memory takes longer.</summary>
    private static readonly TimeSpan RestInterval = TimeSpan.FromSeconds(5);

    private static readonly TimeSpan BusyInterval = TimeSpan.FromSeconds(1);

    /// <summary>Each stops every thread for some ms; Envoy shrinks its heap as often.</summary>
    private static readonly TimeSpan ShrinkInterval = TimeSpan.FromSeconds(10);

    private readonly Channel<bool> _changed = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });
    private readonly MemoryBudget _memory;
    private readonly IReadOnlyList<DownstreamListener> _listeners;
    private readonly TimeProvider _time;
    private readonly MemoryNews _memoryNews;
    private readonly Dictionary<DownstreamListener, AcceptNews> _acceptNews = [];
    private readonly Func<Task> _shrink;
    private long _shrunk;

    /// <param name="memory">Of the process.</param>
    /// <param name="listeners">Those there will be when it runs.</param>
    /// <param name="log">For the operator.</param>
    /// <param name="time">The clock.</param>
    /// <param name="shrink">Has everybody let go of what is not used, and collects it.</param>
    public OverloadWatch(MemoryBudget memory, IReadOnlyList<DownstreamListener> listeners, Log log, TimeProvider time, Func<Task> shrink)
    {
        _memory = memory;
        _listeners = listeners;
        _time = time;
        _shrink = shrink;
        _memoryNews = new MemoryNews(memory, log, time);
        _memory.Changed = OnChanged;
        Log = log;
    }

    private Log Log { get; }

    /// <summary>Something may be short, or no longer. Any thread; never waits.</summary>
    public void OnChanged() => _changed.Writer.TryWrite(true);

    public async Task RunAsync(CancellationToken stop)
    {
        while (true)
        {
            _memory.Look();
            var isBusy = _memoryNews.Tell();
            foreach (var listener in _listeners)
            {
                isBusy |= NewsOf(listener).Tell();
            }

            await ShrinkIfShortAsync();
            await WaitAsync(isBusy, stop);
        }
    }

    private AcceptNews NewsOf(DownstreamListener listener) =>
        _acceptNews.TryGetValue(listener, out var news) ? news : _acceptNews[listener] = new AcceptNews(listener, Log, _time);

    private async Task ShrinkIfShortAsync()
    {
        var isShort = _memory.IsFull || _memory.Pressure != MemoryPressure.None;
        if (isShort && (_shrunk == 0 || _time.GetElapsedTime(_shrunk) >= ShrinkInterval))
        {
            await _shrink();
            _shrunk = _time.GetTimestamp();
            _memory.Look();
        }
    }

    private async Task WaitAsync(bool isBusy, CancellationToken stop)
    {
        using var pause = CancellationTokenSource.CreateLinkedTokenSource(stop);
        var change = isBusy ? Task.Delay(Timeout.InfiniteTimeSpan, pause.Token) : _changed.Reader.WaitToReadAsync(pause.Token).AsTask();
        var time = Task.Delay(isBusy ? BusyInterval : RestInterval, _time, pause.Token);
        await Task.WhenAny(change, time);
        await pause.CancelAsync();
        stop.ThrowIfCancellationRequested();
        _changed.Reader.TryRead(out _);
    }
}
