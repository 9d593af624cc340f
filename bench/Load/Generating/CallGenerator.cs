using System.Diagnostics;
using System.Net;
using Mesh.Bench.Load.Cases;
using Mesh.Wire.Http1;
using Mesh.Wire.Http2.Connections;
using Mesh.Wire.Http2.Frames;
using Mesh.Wire.Http2.Hpack;
using Mesh.Wire.Streams;
using Mesh.Wire.Timers;
using Mesh.Wire.Transport;

namespace Mesh.Bench.Load.Generating;

/// <summary>
/// One run of load over our own engine: a fixed number of calls, in a closed loop or at a fixed rate. Judges each answer
/// by its status, gRPC's or HTTP's. Made and run by <see cref="OwnLoad"/>; everything else happens on its loop.
/// </summary>
internal sealed class CallGenerator : IConnectionHandler, ITimerTarget
{
    /// <summary>Offered and not answered, at most: a proxy that falls so far behind does not carry the rate.</summary>
    private const int MostOutstanding = 20_000;

    private static readonly WireOptions Options = new() { StreamWindow = 16 * 1024 * 1024, ConnectionWindow = 256 * 1024 * 1024 };

    private readonly LoadCase _case;
    private readonly int _calls;
    private readonly HeaderList[] _heads;
    private readonly byte[] _body;
    private readonly MessageConnection[] _connections;
    private readonly Stack<GeneratedCall> _pool = new();
    private readonly double[] _latencies;
    private readonly LoopTimer _timer;
    private readonly EventLoop _loop;
    private readonly TaskCompletionSource<LoadResult> _done = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly long _start;
    /// <summary>At a rate: when the calls that wait for a stream were due.</summary>
    private readonly Queue<long> _due = new();
    /// <summary>In a closed loop: connections that are to carry a call as soon as they can.</summary>
    private readonly List<MessageConnection> _waiting = [];
    private int _offered;
    private int _started;
    private int _succeeded;
    private int _failed;

    /// <summary>Opens the connections and begins. On the loop.</summary>
    public CallGenerator(EventLoop loop, IPEndPoint target, LoadCase load, int calls)
    {
        _loop = loop;
        _case = load;
        _calls = calls;
        _heads = CallShape.Heads(load);
        _body = CallShape.Body(load);
        _latencies = new double[calls];
        _timer = new LoopTimer(this);
        _start = Stopwatch.GetTimestamp();
        var violations = new ViolationCounters();
        _connections = [.. Enumerable.Range(0, load.Connections).Select(_ => Connect(target, violations))];
        if (load.Rate > 0)
        {
            OfferDue();
            return;
        }

        for (var i = 0; i < (load.OneAtATime ? 1 : load.Streams * load.Connections); i++)
        {
            StartNext(_connections[i % load.Connections]);
        }
    }

    /// <summary>Completes with the last answer.</summary>
    public Task<LoadResult> Done => _done.Task;

    /// <summary>Closes its connections; what is under way fails. On the loop.</summary>
    public void Close()
    {
        _timer.Cancel();
        _started = _calls;
        _due.Clear();
        foreach (var connection in _connections)
        {
            connection.Abort(ErrorCode.NoError, "the run is over");
        }
    }

    void ITimerTarget.OnTimer(int kind) => OfferDue();

    void IConnectionHandler.OnRequest(MessageStream stream, HeaderList headers, bool endStream)
    {
    }

    void IConnectionHandler.OnCapacityChanged(MessageConnection connection)
    {
        if (connection.CanOpen && _waiting.Remove(connection))
        {
            StartNext(connection);
        }
    }

    void IConnectionHandler.OnClosed(MessageConnection connection)
    {
        if (_waiting.Remove(connection))
        {
            StartNext(connection);
        }
    }

    internal void OnEnded(GeneratedCall call, MessageConnection connection, bool succeeded)
    {
        _latencies[_succeeded + _failed] = Stopwatch.GetElapsedTime(call.Begun).TotalMicroseconds;
        _succeeded += succeeded ? 1 : 0;
        _failed += succeeded ? 0 : 1;
        if (_succeeded + _failed == _calls)
        {
            var seconds = Stopwatch.GetElapsedTime(_start).TotalSeconds;
            Array.Sort(_latencies);
            _done.TrySetResult(new LoadResult(seconds, _succeeded, _failed, _latencies));
        }
        else if (_case.Rate == 0)
        {
            StartNext(_case.OneAtATime ? _connections[_started % _connections.Length] : connection);
        }
    }

    internal void Return(GeneratedCall call) => _pool.Push(call);

    private MessageConnection Connect(IPEndPoint target, ViolationCounters violations) => _case.Protocol == Protocol.Http1
        ? Http1Connections.Connect(_loop, target, this, Options, violations)
        : Http2Connection.Connect(_loop, target, this, Options, violations);

    private void StartNext(MessageConnection connection)
    {
        if (_started >= _calls)
        {
            return;
        }

        if (connection is { Protocol: Protocol.Http1, CanOpen: false, IsUsedUp: false })
        {
            _waiting.Add(connection); // until it is there, and until the turn ends in which its last call has
        }
        else
        {
            Start(connection, Stopwatch.GetTimestamp());
        }
    }

    /// <summary>
    /// All calls due by now: about five each millisecond, which is the loop's finest timer. One for which no connection has
    /// a stream left waits, and its time runs.
    /// </summary>
    private void OfferDue()
    {
        var now = Stopwatch.GetTimestamp();
        var due = Math.Min(_calls, (now - _start) * _case.Rate / Stopwatch.Frequency);
        for (; _offered < due; _offered++)
        {
            _due.Enqueue(now);
        }

        while (_due.Count > 0 && FreeConnection() is { } connection)
        {
            Start(connection, _due.Dequeue());
        }

        if (_offered - _succeeded - _failed >= MostOutstanding || Array.TrueForAll(_connections, connection => connection.IsUsedUp))
        {
            Close();
            _done.TrySetResult(new LoadResult(Stopwatch.GetElapsedTime(_start).TotalSeconds, _succeeded, _calls - _succeeded, []));
        }
        else if (_started < _calls)
        {
            _loop.Timers.Schedule(_timer, _loop.Now + TimeSpan.TicksPerMillisecond);
        }
    }

    /// <summary>The next in turn that can take a call; null if none can.</summary>
    private MessageConnection? FreeConnection()
    {
        for (var i = 0; i < _connections.Length; i++)
        {
            if (_connections[(_started + i) % _connections.Length] is { CanOpen: true } free)
            {
                return free;
            }
        }

        return null;
    }

    private void Start(MessageConnection connection, long begun)
    {
        var head = _heads[_started++ % _heads.Length];
        var call = _pool.TryPop(out var pooled) ? pooled : new GeneratedCall(this);
        call.Begun = begun;
        if (!connection.CanOpen)
        {
            // The connection broke, or takes fewer streams than the case wants: the run is void, and must still end.
            _loop.Post(() => OnEnded(call, connection, succeeded: false));
            return;
        }

        var stream = connection.Open(head, endStream: _body.Length == 0, call);
        if (_body.Length > 0)
        {
            stream.Write(_body, endStream: true);
        }
    }
}
