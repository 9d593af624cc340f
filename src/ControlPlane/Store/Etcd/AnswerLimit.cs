namespace Mesh.ControlPlane.Store.Etcd;

/// <summary>
/// How long an answer of etcd is waited for. It is etcd's time, not ours: where this process is late itself, since thousands speak to it at
/// once, the answer may have come and wait in the queue of the thread pool. Therefore at the end of the time whatever waits there has its turn
/// some times more; where the pool is not late, that is no time. One who waits; the time may run out on any thread.
/// </summary>
internal sealed class AnswerLimit : IDisposable
{
    /// <summary>From the socket through HTTP/2 and gRPC to who waits an answer passes the queue about so often.</summary>
    public const int Turns = 8;

    private readonly TimeProvider _time;
    private readonly CancellationTokenSource _over = new();
    private readonly CancellationTokenSource _both;
    private readonly ITimer _timer;
    private long _began;
    private volatile bool _isDisposed;

    /// <param name="limit">From now.</param>
    /// <param name="time">The clock.</param>
    /// <param name="cancellation">Ends the wait as well.</param>
    public AnswerLimit(TimeSpan limit, TimeProvider time, CancellationToken cancellation)
    {
        _time = time;
        _began = time.GetTimestamp();
        _both = CancellationTokenSource.CreateLinkedTokenSource(_over.Token, cancellation);
        _timer = time.CreateTimer(static limit => _ = ((AnswerLimit)limit!).EndAsync(), this, limit, Timeout.InfiniteTimeSpan);
    }

    /// <summary>Cancelled when the time is over, or at the caller's own end.</summary>
    public CancellationToken Token => _both.Token;

    /// <summary>The time is over.</summary>
    public bool IsOver => _over.IsCancellationRequested;

    /// <summary>An answer has come, and another one is waited for.</summary>
    public void Restart(TimeSpan limit)
    {
        Interlocked.Exchange(ref _began, _time.GetTimestamp());
        _timer.Change(limit, Timeout.InfiniteTimeSpan);
    }

    public void Dispose()
    {
        _isDisposed = true;
        _timer.Dispose();
        _both.Dispose();
        _over.Dispose();
    }

    private async Task EndAsync()
    {
        var began = Interlocked.Read(ref _began);
        for (var turn = 0; turn < Turns && !_isDisposed; turn++)
        {
            await Task.Yield();
        }

        // Meanwhile it may have come.
        if (_isDisposed || Interlocked.Read(ref _began) != began)
        {
            return;
        }

        try
        {
            await _over.CancelAsync();
        }
        catch (ObjectDisposedException)
        {
            // It has come at this moment.
        }
    }
}
