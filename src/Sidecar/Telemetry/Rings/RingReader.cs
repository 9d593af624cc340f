using Mesh.Sidecar.Terms;

namespace Mesh.Sidecar.Telemetry.Rings;

/// <summary>
/// A thread that empties rings once in a while, so that those who fill them need not wake anybody. Rings may be added at any
/// time, by any thread. Dispose runs a last round.
/// </summary>
internal sealed class RingReader<T> : IDisposable
{
    /// <summary>Bounded: a consumer that hangs (an output that nobody reads) must not keep the process from ending.</summary>
    private static readonly TimeSpan EndLimit = TimeSpan.FromSeconds(2);

    private readonly Lock _gate = new();
    private readonly TimeSpan _interval;
    private readonly IRingConsumer<T> _consumer;
    private readonly ManualResetEvent _stop = new(initialState: false);
    private readonly Thread _thread;
    private volatile Ring<T>[] _rings = [];

    /// <param name="name">The thread's.</param>
    /// <param name="interval">Between two rounds.</param>
    /// <param name="consumer">Gets what was in the rings; made ready to before.</param>
    public RingReader(string name, TimeSpan interval, IRingConsumer<T> consumer)
    {
        _interval = interval;
        _consumer = consumer;
        _thread = new Thread(Run) { Name = name, IsBackground = true };
        _thread.Start();
    }

    /// <summary>What rings had no room for.</summary>
    public long Dropped => _rings.Sum(ring => ring.Dropped);

    /// <summary>For one writer.</summary>
    public Ring<T> AddRing(Direction direction, int size)
    {
        var ring = new Ring<T>(direction, size);
        lock (_gate)
        {
            _rings = [.. _rings, ring];
        }

        return ring;
    }

    public void Dispose()
    {
        _stop.Set();
        if (_thread.Join(EndLimit))
        {
            _stop.Dispose();
        }
    }

    private void Run()
    {
        while (!_stop.WaitOne(_interval))
        {
            RunRound();
        }

        RunRound();
    }

    private void RunRound()
    {
        _consumer.BeginRound();
        foreach (var ring in _rings)
        {
            ring.Drain(_consumer);
        }

        _consumer.EndRound();
    }
}
