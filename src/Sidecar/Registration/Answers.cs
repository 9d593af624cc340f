using Mesh.Sidecar.Discovery;

namespace Mesh.Sidecar.Registration;

/// <summary>
/// What is said on a registration's stream is answered, in order: knows how long the oldest answer is waited for, and finds the
/// one to the word that we drain. Any thread.
/// </summary>
internal sealed class Answers(TimeProvider time)
{
    private readonly Lock _gate = new();
    private readonly Queue<Sent> _waiting = new();
    private TimeSpan _slowest;

    /// <summary>How long the oldest of those that have no answer has waited; null if all have one.</summary>
    public TimeSpan? OldestWaits
    {
        get
        {
            lock (_gate)
            {
                return _waiting.TryPeek(out var oldest) ? time.GetElapsedTime(oldest.At) : null;
            }
        }
    }

    /// <param name="drains">It says that we drain.</param>
    public void OnSent(bool drains)
    {
        lock (_gate)
        {
            _waiting.Enqueue(new Sent(time.GetTimestamp(), drains));
        }
    }

    /// <summary>An answer has come; one to nothing is left out.</summary>
    /// <returns>Whether it is the one to the word that we drain.</returns>
    public bool OnReceived()
    {
        lock (_gate)
        {
            if (!_waiting.TryDequeue(out var answered))
            {
                return false;
            }

            OnTook(time.GetElapsedTime(answered.At));
            return answered.Drains;
        }
    }

    /// <summary>Something else has been answered, the registration: how long it took says how long the next answers may take.</summary>
    public void OnTook(TimeSpan elapsed)
    {
        lock (_gate)
        {
            // What was slow once is forgotten within a few answers that are not.
            _slowest = elapsed > _slowest / 2 ? elapsed : _slowest / 2;
        }
    }

    /// <summary>How long the next answer may take.</summary>
    public TimeSpan Limit(LeaseTimes lease)
    {
        lock (_gate)
        {
            return lease.AnswerLimitAfter(_slowest);
        }
    }

    /// <summary>
    /// Waits until an answer is overdue. If this process itself has stood still (a paused machine), what lies in its sockets is
    /// read first: all that wait are given their time again.
    /// </summary>
    /// <param name="lease">How long an answer may take follows from it, and from the answers there were.</param>
    /// <param name="stop">Ends the wait.</param>
    /// <returns>Whether one is overdue; not so if told to stop.</returns>
    public async Task<bool> OverdueAsync(LeaseTimes lease, CancellationToken stop)
    {
        while (!stop.IsCancellationRequested)
        {
            var limit = Limit(lease);
            var left = limit - (OldestWaits ?? TimeSpan.Zero);
            if (left <= TimeSpan.Zero)
            {
                return true;
            }

            var asleep = time.GetTimestamp();
            await Task.Delay(left, time, stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (time.GetElapsedTime(asleep) - left > limit / 2)
            {
                GiveTimeAgain();
            }
        }

        return false;
    }

    private void GiveTimeAgain()
    {
        lock (_gate)
        {
            var now = time.GetTimestamp();
            for (var i = _waiting.Count; i > 0; i--)
            {
                _waiting.Enqueue(_waiting.Dequeue() with { At = now });
            }
        }
    }

    private readonly record struct Sent(long At, bool Drains);
}
