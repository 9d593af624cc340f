namespace Mesh.Messaging.Postgres.State;

/// <summary>When there is something to do next that comes by itself. Any thread makes it earlier; whoever does it waits and sets it.</summary>
internal sealed class Alarm : IDisposable
{
    private readonly object _gate = new();
    private readonly Mesh.Messaging.State.EngineClock _clock;
    private readonly ITimer _timer;
    private readonly SemaphoreSlim _rings = new(0, 1);
    private long _next = long.MaxValue;

    public Alarm(TimeProvider time, Mesh.Messaging.State.EngineClock clock)
    {
        _clock = clock;
        _timer = time.CreateTimer(_ => Ring(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    public void NotLaterThan(long? time)
    {
        lock (_gate)
        {
            if (time < _next)
            {
                Set(time.Value);
            }
        }
    }

    /// <summary>At once.</summary>
    public void Ring()
    {
        lock (_gate)
        {
            if (_rings.CurrentCount == 0)
            {
                _rings.Release();
            }
        }
    }

    /// <summary>From now on what is told by <see cref="NotLaterThan"/> counts.</summary>
    public void Clear()
    {
        lock (_gate)
        {
            _next = long.MaxValue;
        }
    }

    public Task WaitAsync() => _rings.WaitAsync();

    public void Dispose() => _timer.Dispose();

    private void Set(long time)
    {
        _next = time;
        _timer.Change(TimeSpan.FromMilliseconds(Math.Clamp(time - _clock.Now, 0, int.MaxValue)), Timeout.InfiniteTimeSpan);
    }
}
