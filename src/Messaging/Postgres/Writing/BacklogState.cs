using Mesh.Messaging.Delivering;
using Mesh.Messaging.State;

namespace Mesh.Messaging.Postgres.Writing;

/// <summary>What this engine knows of a queue or group: what it is like, who waits for it, and its lanes. Any thread.</summary>
internal sealed class BacklogState
{
    private volatile Backlog _backlog;
    private volatile bool _isWorthAClaim = true;
    private volatile bool _isGone;
    private long _wakes;
    private int _waiters;

    public BacklogState(long id, Backlog backlog, Func<BacklogState, List<Change>, Task> change, Func<BacklogState, List<ClaimWork>, Task> claim)
    {
        Id = id;
        _backlog = backlog;
        Changes = new Lane<Change>(works => change(this, works));
        Claims = new Lane<ClaimWork>(works => claim(this, works));
    }

    public long Id { get; }

    public Lane<Change> Changes { get; }

    public Lane<ClaimWork> Claims { get; }

    public Backlog Backlog
    {
        get => _backlog;
        set => _backlog = value;
    }

    public BacklogName Name => _backlog.Name;

    public bool HasWaiters => Volatile.Read(ref _waiters) > 0;

    /// <summary>How often it was said that there is something: who finds nothing looks whether it was said meanwhile.</summary>
    public long Wakes => Volatile.Read(ref _wakes);

    public void Wake()
    {
        Interlocked.Increment(ref _wakes);
        _isWorthAClaim = true;
        Ready.Raise();
    }

    /// <summary>There was nothing more, when it had been said so often that there is.</summary>
    public void FoundNothing(long wakes)
    {
        _isWorthAClaim = false;
        if (Wakes != wakes)
        {
            _isWorthAClaim = true;
        }
    }

    /// <summary>It is not there any more.</summary>
    public void Go()
    {
        _isGone = true;
        Ready.Raise();
    }

    public async Task WaitAsync(CancellationToken cancellation)
    {
        Interlocked.Increment(ref _waiters);
        try
        {
            while (true)
            {
                var next = Ready.Next;
                if (_isWorthAClaim || _isGone)
                {
                    return;
                }

                await next.WaitAsync(cancellation).ConfigureAwait(false);
            }
        }
        finally
        {
            Interlocked.Decrement(ref _waiters);
        }
    }

    private Signal Ready { get; } = new();
}
