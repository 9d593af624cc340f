using System.Net.Sockets;
using Mesh.ControlPlane.Admin;
using Mesh.ControlPlane.Signals;
using Mesh.Hosting;

namespace Mesh.ControlPlane.Listening;

/// <summary>
/// How many connections a listener may have, so that they never take the last descriptor of the process, which the runtime
/// would end it for. There is always room for one more as long as there is a connection on which nothing is under way: the
/// oldest of those goes. If there is none, further ones wait in the kernel's queue. Any thread, but one that accepts.
/// </summary>
/// <param name="option">Of the listener, for the log.</param>
/// <param name="isForGood">Who has said anything stays: what is under way on a connection of many streams is not for us to know.</param>
internal sealed class ConnectionPlaces(string option, bool isForGood, TimeProvider time, Counters counters, ILogger<ConnectionPlaces> log)
{
    private static readonly TimeSpan Interval = TimeSpan.FromMinutes(1);

    // Whoever has just come, or has just been answered, is about to say something.
    private static readonly TimeSpan Grace = TimeSpan.FromMilliseconds(500);

    private readonly Lock _lock = new();
    private readonly LinkedList<Place> _taken = new();
    private readonly Signal _changed = new();
    private readonly RareLine _paused = new(time, Interval);
    private readonly RareLine _closed = new(time, Interval);
    private int _most;

    /// <summary>Who has said anything stays.</summary>
    public bool IsForGood => isForGood;

    /// <summary>How many there may be, once it is known; before, all wait.</summary>
    public void Open(int most)
    {
        lock (_lock)
        {
            _most = most;
        }

        _changed.Set();
    }

    /// <summary>Completes when there is room for one more.</summary>
    public async ValueTask WaitAsync(CancellationToken cancellation)
    {
        while (!TryMakeRoom(out var young))
        {
            using var later = young ? time.CreateTimer(static signal => ((Signal)signal!).Set(), _changed, Grace, Timeout.InfiniteTimeSpan) : null;
            await _changed.WaitAsync(cancellation);
        }
    }

    /// <summary>Takes a place; never waits, as there was room when it was accepted.</summary>
    public Place Enter(Socket socket, Action abort)
    {
        var place = new Place(this, abort, socket, time.GetTimestamp());
        lock (_lock)
        {
            _taken.AddLast(place.Node);
        }

        return place;
    }

    /// <summary>The connection is over.</summary>
    public void Leave(Place place)
    {
        lock (_lock)
        {
            _taken.Remove(place.Node);
        }

        OnChanged();
    }

    /// <summary>There may be room now.</summary>
    public void OnChanged() => _changed.Set();

    /// <summary>A connection was closed because nothing was ever said on it.</summary>
    public void OnSilent(TimeSpan limit)
    {
        counters.ConnectionClosedIdle();
        if (_closed.IsDue(out var more))
        {
            log.LogWarning("{Option}: closed a connection that had said nothing for {Limit} s{More}", option, limit.TotalSeconds, more);
        }
    }

    /// <summary>Nothing can be accepted, as the system says.</summary>
    public void OnRefused(string why)
    {
        if (_paused.IsDue(out var more))
        {
            log.LogWarning("{Option}: accepting pauses: {Why}; further connections wait{More}", option, why, more);
        }
    }

    /// <param name="young">There is one that nothing is under way on, but not for long enough to go.</param>
    private bool TryMakeRoom(out bool young)
    {
        Place? victim = null;
        int most;
        lock (_lock)
        {
            young = false;
            if (_taken.Count < _most)
            {
                return true;
            }

            most = _most;
            for (var node = _taken.First; node is not null && victim is null; node = node.Next)
            {
                if (node.Value.IsHeld || (isForGood && node.Value.HasSpoken))
                {
                    continue;
                }

                if (time.GetElapsedTime(node.Value.IdleSince) >= Grace)
                {
                    victim = node.Value;
                }
                else
                {
                    young = true;
                }
            }
        }

        if (most == 0)
        {
            return false;
        }

        if (victim is null)
        {
            if (!young)
            {
                OnRefused($"{most} connections are open and in use, as many as the limit of {OpenFiles.Limit} open files allows (ulimit -n)");
            }

            return false;
        }

        counters.ConnectionClosedIdle();
        if (_closed.IsDue(out var more))
        {
            log.LogWarning("{Option}: {Most} connections are open, as many as may be: the oldest idle one was closed for a new one{More}", option, most, more);
        }

        young = false;
        // Its end sets the signal.
        victim.Abort();
        return false;
    }
}
