using System.Net;
using Mesh.Wire.Buffers;
using Mesh.Wire.Timers;

namespace Mesh.Wire.Transport;

/// <summary>
/// One thread and the connections it owns. A turn waits for sockets, lets what came in run to its end on this thread,
/// then runs posted work and due timers, and flushes every connection that has something to say, once. Apart from
/// <see cref="Post"/>, <see cref="Start"/> and <see cref="Stop"/> only the loop's own thread may call it.
/// </summary>
public abstract class EventLoop
{
    /// <summary>To tell all of a connection's streams that it is over, where each telling may throw.</summary>
    private const int MostTries = 8;

    private readonly TimeProvider _time;
    private readonly Lock _postGate = new();
    private List<Action> _posted = [];
    private List<Action> _running = [];
    private List<Channel> _flushes = [];
    private List<Channel> _flushing = [];
    private Thread? _thread;
    private volatile bool _stopping;

    private protected EventLoop(TimeProvider time, string name)
    {
        _time = time;
        Name = name;
        Now = ReadClock();
        Timers = new TimerWheel(Now);
        Upkeep = new Upkeep(Timers, () => Now);
        Segments = new SegmentPool(Upkeep);
    }

    /// <summary>For people and telemetry: "loop-0".</summary>
    public string Name { get; }

    /// <summary>Monotonic time in ticks of 100 ns, read once a turn; only differences mean something.</summary>
    public long Now { get; private set; }

    /// <summary>The loop's timers.</summary>
    public TimerWheel Timers { get; }

    /// <summary>The loop's memory for bytes on their way out.</summary>
    public SegmentPool Segments { get; }

    /// <summary>Gives back what the loop keeps for reuse and does not need.</summary>
    public Upkeep Upkeep { get; }

    /// <summary>What the loop's connections share; null before the first.</summary>
    internal LoopShare? Share { get; set; }

    /// <summary>Told of an exception that a handler let through: a defect of ours, never a peer's doing. The loop goes on.</summary>
    public Action<Exception>? Fault { get; set; }

    /// <summary>How often <see cref="Fault"/> was, or should have been, told.</summary>
    public long Faults { get; private set; }

    /// <summary>Turns made so far.</summary>
    public long Turns { get; private set; }

    /// <summary>The loop of this platform.</summary>
    /// <param name="time">The clock.</param>
    /// <param name="name">See <see cref="Name"/>.</param>
    /// <param name="portable">Use .NET's sockets even where there is a faster way.</param>
    public static EventLoop Create(TimeProvider time, string name, bool portable = false) =>
        !portable && Epoll.EpollLoop.IsSupported ? new Epoll.EpollLoop(time, name) : new Sockets.SocketLoop(time, name);

    /// <summary>Opens a connection; the handler is told how it went. Bytes may be written at once, they wait.</summary>
    public abstract Channel Connect(EndPoint remote, IChannelHandler handler);

    /// <summary>Accepts connections and spreads them over loops in turn.</summary>
    /// <param name="local">Port 0 asks for a free one.</param>
    /// <param name="spread">The loops that own the connections; this one may be among them.</param>
    /// <param name="accept">Called on the owning loop: gives the channel its handler, or null to close it.</param>
    /// <param name="usesReserve">It is for those whom descriptors are kept back for (<see cref="DescriptorReserve"/>), and pauses only where there is none.</param>
    /// <exception cref="System.Net.Sockets.SocketException">The address is taken, or not ours.</exception>
    public abstract Listener Listen(
        IPEndPoint local,
        IReadOnlyList<EventLoop> spread,
        Func<Channel, IChannelHandler?> accept,
        bool usesReserve = false);

    /// <summary>Runs something on the loop, soon. Any thread may call it.</summary>
    public void Post(Action work)
    {
        bool wake;
        lock (_postGate)
        {
            wake = _posted.Count == 0;
            _posted.Add(work);
        }

        if (wake)
        {
            Wake();
        }
    }

    /// <summary>Runs something on the loop and tells when it is done. Any thread may call it.</summary>
    public Task InvokeAsync(Action work)
    {
        var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        Post(() =>
        {
            try
            {
                work();
                done.SetResult();
            }
            catch (Exception e)
            {
                done.SetException(e);
            }
        });
        return done.Task;
    }

    /// <summary>Begins to turn, on a thread of its own.</summary>
    public void Start()
    {
        _thread = new Thread(Run) { Name = Name, IsBackground = true };
        _thread.Start();
    }

    /// <summary>Ends after this turn and closes everything. Any thread may call it.</summary>
    public void Stop()
    {
        _stopping = true;
        Wake();
    }

    /// <summary>One turn.</summary>
    /// <param name="mayWait">Wait for something to happen, or only look.</param>
    internal void Turn(bool mayWait)
    {
        Turns++;
        Poll(!mayWait || _flushes.Count > 0 || HasPosted() ? 0 : Timers.MillisecondsUntilNext(ReadClock()));
        Segments.OnTurn();
        RunPosted();
        RunTimers();
        FlushAll();
        EndTurn();
    }

    /// <summary>As <see cref="Now"/>, read now: for what is to be timed within a turn.</summary>
    internal long Clock() => ReadClock();

    internal void AddFlush(Channel channel) => _flushes.Add(channel);

    /// <summary>Waits up to so many milliseconds (-1: for ever), calls <see cref="OnAwake"/>, and handles what the sockets say.</summary>
    private protected abstract void Poll(int timeoutMilliseconds);

    /// <summary>Ends a wait in <see cref="Poll"/>, now or as soon as it begins. Any thread may call it.</summary>
    private protected abstract void Wake();

    /// <summary>Nothing of this turn is referred to any more.</summary>
    private protected virtual void EndTurn()
    {
        while (true)
        {
            try
            {
                Share?.EndTurn();
                return;
            }
            catch (Exception e)
            {
                OnFault(e, null); // and on with the next stream
            }
        }
    }

    private protected abstract void CloseAll();

    private protected bool HasPosted()
    {
        lock (_postGate)
        {
            return _posted.Count > 0;
        }
    }

    /// <summary>
    /// Sets the time, and runs what was posted: who has been told that something is in force may call by it, and that call
    /// must not be read before what was posted.
    /// </summary>
    private protected void OnAwake()
    {
        Now = ReadClock();
        RunPosted();
    }

    /// <summary>
    /// What a handler throws is our defect, or a heap that is full, and costs one connection at most, not the loop. Nothing leaves
    /// here: where there was no memory for a call there may be none to tell of it.
    /// </summary>
    private protected void OnFault(Exception exception, Channel? channel)
    {
        Faults++;
        try
        {
            Fault?.Invoke(exception);
        }
        catch (Exception)
        {
            // It is counted.
        }

        for (var tries = 0; channel is not null && tries < MostTries; tries++)
        {
            try
            {
                channel.Close();
                channel.Handler.OnClosed(ChannelEnd.Reset);
                return;
            }
            catch (Exception)
            {
                Faults++; // once more: whoever it was thrown by has been told, the others have not
            }
        }
    }

    private void Run()
    {
        while (!_stopping)
        {
            try
            {
                Turn(mayWait: true);
            }
            catch (Exception e)
            {
                OnFault(e, null); // and on with the next turn: without this thread there is no sidecar
            }
        }

        CloseAll();
    }

    private void RunTimers()
    {
        while (true)
        {
            try
            {
                Timers.Advance(Now);
                return;
            }
            catch (Exception e)
            {
                OnFault(e, null); // and on with the next timer
            }
        }
    }

    private void RunPosted()
    {
        lock (_postGate)
        {
            if (_posted.Count == 0)
            {
                return;
            }

            (_posted, _running) = (_running, _posted);
        }

        foreach (var work in _running)
        {
            try
            {
                work();
            }
            catch (Exception e)
            {
                OnFault(e, null);
            }
        }

        _running.Clear();
    }

    /// <summary>
    /// Until nobody asks any more: one connection's flush frees credit on another. It ends, since a flush that has
    /// nothing to write asks for nothing.
    /// </summary>
    private void FlushAll()
    {
        while (_flushes.Count > 0)
        {
            (_flushes, _flushing) = (_flushing, _flushes);
            foreach (var channel in _flushing)
            {
                try
                {
                    channel.Flush();
                }
                catch (Exception e)
                {
                    OnFault(e, channel);
                }
            }

            _flushing.Clear();
        }
    }

    private long ReadClock() => _time.GetElapsedTime(0).Ticks;
}
