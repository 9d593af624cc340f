using System.Net;
using Mesh.Policy;
using Mesh.Wire.Transport;
using Mesh.Wire.Transport.Memory;

namespace Mesh.Bench.Traffic.Simulated;

/// <summary>
/// Everything that a simulation has: a clock, what happens when, chance, one loop on which callers, sidecars and servers run, and the
/// network between them, which takes no time. The same seed gives the same run. One thread.
/// </summary>
internal sealed class World
{
    private readonly VirtualTime _clock = new();
    private readonly PriorityQueue<Action, (long At, long Order)> _events = new();
    private readonly Dictionary<int, Func<Channel, IChannelHandler>> _listeners = [];
    private readonly List<Exception> _faults = [];
    private long _order;
    private int _port = 1000;

    public World(ulong seed)
    {
        Random = new Rng(seed);
        Loop = new MemoryLoop(_clock) { Connector = Connect, Fault = _faults.Add };
    }

    /// <summary>Decides all that is left to chance outside of the sidecars.</summary>
    public Rng Random;

    public MemoryLoop Loop { get; }

    public TimeProvider Clock => _clock;

    /// <summary>In ticks.</summary>
    public long Now => Loop.Now;

    /// <summary>Lets somebody take the connections to a port of its own.</summary>
    /// <returns>HOST:PORT.</returns>
    public IPEndPoint Listen(Func<Channel, IChannelHandler> accept)
    {
        _listeners.Add(++_port, accept);
        return new IPEndPoint(IPAddress.Loopback, _port);
    }

    /// <summary>Nobody listens there: connections are refused.</summary>
    /// <returns>HOST:PORT.</returns>
    public IPEndPoint Nobody() => new(IPAddress.Loopback, ++_port);

    /// <summary>Those who connect there are taken, and told nothing.</summary>
    /// <returns>HOST:PORT.</returns>
    public IPEndPoint Silence() => Listen(static _ => new Listening.Silent());

    public void After(long ticks, Action happens) => _events.Enqueue(happens, (Now + ticks, _order++));

    /// <summary>All that happens within so long from now.</summary>
    /// <exception cref="InvalidOperationException">Something threw: a defect of the product or of the simulation.</exception>
    public void Run(TimeSpan span)
    {
        var end = Now + span.Ticks;
        Settle();
        while (Math.Min(NextEvent, NextTimer) is var next && next <= end)
        {
            GoTo(next);
        }

        GoTo(end);
    }

    /// <summary>What is under way at this moment comes to its end.</summary>
    public void Settle()
    {
        do
        {
            Loop.Turn();
        }
        while (Loop.HasWork);
        if (_faults.Count > 0)
        {
            throw new InvalidOperationException("something threw on the loop", _faults[0]);
        }
    }

    private long NextEvent => _events.TryPeek(out _, out var when) ? when.At : long.MaxValue;

    private long NextTimer
    {
        get
        {
            var milliseconds = Loop.Timers.MillisecondsUntilNext(Now);
            var at = Now + (milliseconds * TimeSpan.TicksPerMillisecond);
            return milliseconds < 0 ? long.MaxValue : at - (at % TimeSpan.TicksPerMillisecond); // timers are due at whole milliseconds
        }
    }

    private void GoTo(long ticks)
    {
        _clock.GoTo(ticks);
        while (NextEvent <= ticks)
        {
            Loop.Post(_events.Dequeue()); // it is to find the loop's time set
        }

        Settle();
    }

    private MemoryChannel Connect(EndPoint remote)
    {
        var (near, far) = (new MemoryChannel(Loop), new MemoryChannel(Loop));
        if (!_listeners.TryGetValue(((IPEndPoint)remote).Port, out var accept))
        {
            Loop.Post(() => near.End(ChannelEnd.ConnectFailed));
            return near;
        }

        MemoryChannel.Join(near, far);
        Loop.Post(() =>
        {
            far.Handler = accept(far);
            near.Handler.OnConnected();
        });
        return near;
    }
}
