namespace Mesh.ControlPlane.Registry;

/// <summary>
/// Finds the leases that have run out. A lease is queued once, at the soonest it can run out; a renewal only moves its
/// deadline, and when its turn comes it is queued again at that. So a heartbeat costs nothing here, and each lease is
/// looked at about once per TTL. Used under the registry's lock.
/// </summary>
internal sealed class LeaseQueue : IDisposable
{
    // Timers may fire a little before the clock says so; less than this is not worth another timer.
    private static readonly TimeSpan _shortestWait = TimeSpan.FromMilliseconds(1);

    private readonly TimeProvider _time;
    private readonly long _start;
    private readonly ITimer _timer;
    private readonly PriorityQueue<Lease, TimeSpan> _queue = new();
    private TimeSpan? _armedFor;

    /// <param name="time">The clock.</param>
    /// <param name="onDue">Called without a lock when <see cref="TakeExpired"/> may find something.</param>
    public LeaseQueue(TimeProvider time, Action onDue)
    {
        _time = time;
        _start = time.GetTimestamp();
        _timer = time.CreateTimer(static call => ((Action)call!)(), onDue, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <summary>The time on the clock that deadlines are on: monotonic, from 0.</summary>
    public TimeSpan Now => _time.GetElapsedTime(_start);

    public void Add(Lease lease)
    {
        _queue.Enqueue(lease, lease.Deadline);
        Arm();
    }

    /// <summary>Takes out a lease that has run out; null if there is none, and then the timer is set for the next.</summary>
    public Lease? TakeExpired()
    {
        var now = Now;
        while (_queue.TryPeek(out var lease, out var due) && due <= now)
        {
            if (lease.IsOver)
                _queue.Dequeue();
            else if (lease.Deadline > now)
                _queue.DequeueEnqueue(lease, lease.Deadline);
            else
                return _queue.Dequeue();
        }
        _armedFor = null;
        Arm();
        return null;
    }

    public void Dispose() => _timer.Dispose();

    private void Arm()
    {
        if (!_queue.TryPeek(out _, out var due) || _armedFor <= due)
            return;
        _armedFor = due;
        var wait = due - Now;
        _timer.Change(wait > _shortestWait ? wait : _shortestWait, Timeout.InfiniteTimeSpan);
    }
}
