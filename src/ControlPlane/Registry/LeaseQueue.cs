namespace Mesh.ControlPlane.Registry;

/// <summary>
/// Finds the leases that have run out. A lease is queued once, at the soonest it can run out; a renewal only moves its
/// deadline, and when its turn comes it is queued again at that. So a heartbeat costs nothing here, and each lease is
/// looked at about once per TTL. Used under the registry's lock.
/// </summary>
internal sealed class LeaseQueue : IDisposable
{
    // Timers may fire a little before the clock says so; less than this is not worth another timer.
    private static readonly TimeSpan ShortestWait = TimeSpan.FromMilliseconds(1);

    // So late is a timer now and then on any machine, with nothing unread.
    private static readonly TimeSpan UsualDelay = TimeSpan.FromMilliseconds(20);

    // Less is no stall, however short the TTL.
    private static readonly TimeSpan ShortestStall = TimeSpan.FromSeconds(1);

    private readonly TimeProvider _time;
    private readonly TimeSpan _ttl;
    private readonly long _start;
    private readonly Func<Lease, TimeSpan, TimeSpan?> _postponed;
    private readonly ITimer _timer;
    private readonly PriorityQueue<Lease, TimeSpan> _queue = new();
    private TimeSpan? _armedFor;
    private TimeSpan _notBefore;

    /// <param name="time">The clock.</param>
    /// <param name="ttl">How long a lease lasts.</param>
    /// <param name="postponed">Until when one that has run out stays all the same, given the time; null: it does not.</param>
    /// <param name="onDue">Called without a lock when <see cref="TakeExpired"/> may find something.</param>
    public LeaseQueue(TimeProvider time, TimeSpan ttl, Func<Lease, TimeSpan, TimeSpan?> postponed, Action onDue)
    {
        _postponed = postponed;
        _time = time;
        _ttl = ttl;
        _start = time.GetTimestamp();
        _timer = time.CreateTimer(static call => ((Action)call!)(), onDue, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <summary>The time on the clock that deadlines are on: monotonic, from 0.</summary>
    public TimeSpan Now => _time.GetElapsedTime(_start);

    public void Add(Lease lease)
    {
        if (lease.IsQueued)
        {
            return;
        }

        lease.IsQueued = true;
        _queue.Enqueue(lease, lease.Deadline);
        Arm();
    }

    /// <summary>No lease runs out before this.</summary>
    public void Hold(TimeSpan until) => _notBefore = until > _notBefore ? until : _notBefore;

    /// <summary>
    /// Takes out those that have run out, and sets the timer for the next. When we are late, heartbeats may lie unread: after
    /// a stall every lease has its whole time again, and after a short delay those that have run out have a tenth of it.
    /// </summary>
    /// <param name="stall">How long nothing ran, if that was long.</param>
    public List<Lease> TakeExpired(out TimeSpan? stall)
    {
        var now = Now;
        var late = now - (_armedFor ?? now);
        stall = late > ShortestStall && late > _ttl / 3 ? late : null;
        if (stall is not null)
        {
            Hold(now + _ttl);
        }

        var expired = new List<Lease>();
        while (_queue.TryPeek(out var lease, out var due) && due <= now)
        {
            var deadline = lease.Deadline > _notBefore ? lease.Deadline : _notBefore;
            if (lease.State != LeaseState.Live)
            {
                Dequeue();
            }
            else if (deadline > now)
            {
                _queue.DequeueEnqueue(lease, deadline);
            }
            else if (lease.StoresUnderWay > 0)
            {
                _queue.DequeueEnqueue(lease, now + (_ttl / 4));
            }
            else if (late > UsualDelay && !lease.HasSecondLook)
            {
                lease.LookAgain(now + (_ttl / 10));
                _queue.DequeueEnqueue(lease, lease.Deadline);
            }
            else if (_postponed(lease, now) is { } later)
            {
                _queue.DequeueEnqueue(lease, later > now ? later : now + ShortestWait);
            }
            else
            {
                expired.Add(Dequeue());
            }
        }

        _armedFor = null;
        Arm();
        return expired;
    }

    public void Dispose() => _timer.Dispose();

    private Lease Dequeue()
    {
        var lease = _queue.Dequeue();
        lease.IsQueued = false;
        return lease;
    }

    private void Arm()
    {
        if (!_queue.TryPeek(out _, out var due) || _armedFor <= due)
        {
            return;
        }

        _armedFor = due;
        var wait = due - Now;
        _timer.Change(wait > ShortestWait ? wait : ShortestWait, Timeout.InfiniteTimeSpan);
    }
}
