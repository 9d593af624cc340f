namespace Mesh.ControlPlane.Registry;

/// <summary>
/// Damps instances that change too quickly: what they say is held, and of it the last is stored when their allowance has
/// grown again. So whatever an instance does, others see a few changes of it a second, and always the last. Used under the
/// registry's lock.
/// </summary>
internal sealed class HeldChanges : IDisposable
{
    private readonly RegistryOptions _options;
    private readonly PriorityQueue<Lease, TimeSpan> _queue = new();
    private readonly ITimer _timer;

    /// <param name="time">The clock.</param>
    /// <param name="options">How many changes may be.</param>
    /// <param name="onDue">Called without a lock when <see cref="TakeDue"/> may find something.</param>
    public HeldChanges(TimeProvider time, RegistryOptions options, Action onDue)
    {
        _options = options;
        _timer = time.CreateTimer(static call => ((Action)call!)(), onDue, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <summary>Whether a change may be stored now. While an earlier one is held, none may: it would be overtaken.</summary>
    public bool TryTake(Lease lease, TimeSpan now) => lease.Held is null && lease.TryChange(now, _options);

    /// <summary>What the instance's sidecar has said last, to be stored later.</summary>
    public void Hold(Lease lease, HeldChange change, TimeSpan now)
    {
        var isQueued = lease.Held is not null;
        lease.Held = change;
        if (!isQueued)
        {
            Enqueue(lease, now);
        }
    }

    /// <summary>Those whose last word is to be stored now.</summary>
    public List<Lease> TakeDue(TimeSpan now)
    {
        var due = new List<Lease>();
        while (_queue.TryPeek(out var lease, out var at) && at <= now)
        {
            _queue.Dequeue();
            if (lease.TryChange(now, _options))
            {
                due.Add(lease);
            }
            else
            {
                _queue.Enqueue(lease, lease.NextChangeAt(_options));
            }
        }

        Arm(now);
        return due;
    }

    /// <summary>A held change is stored, or was none; what was said meanwhile is next.</summary>
    public void Stored(Lease lease, HeldChange change, TimeSpan now)
    {
        if (lease.Held == change)
        {
            lease.Held = null;
        }
        else
        {
            Enqueue(lease, now);
        }
    }

    /// <summary>It could not be stored; it is tried again.</summary>
    public void Retry(Lease lease, TimeSpan now) => Enqueue(lease, now);

    public void Dispose() => _timer.Dispose();

    private void Enqueue(Lease lease, TimeSpan now)
    {
        _queue.Enqueue(lease, lease.NextChangeAt(_options));
        Arm(now);
    }

    private void Arm(TimeSpan now)
    {
        if (!_queue.TryPeek(out _, out var at))
        {
            return;
        }

        // Timers may fire a little before the clock says so.
        var wait = at - now;
        _timer.Change(wait > TimeSpan.FromMilliseconds(1) ? wait : TimeSpan.FromMilliseconds(1), Timeout.InfiniteTimeSpan);
    }
}
