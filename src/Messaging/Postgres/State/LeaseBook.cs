using Mesh.Messaging.Delivering;
using Mesh.Messaging.State;

namespace Mesh.Messaging.Postgres.State;

/// <summary>
/// The leases that this engine gives and measures, by a clock that nobody sets: those which it has handed out, has extended, or has taken over from
/// an engine that died. The database says whose each is. Any thread.
/// </summary>
internal sealed class LeaseBook
{
    private readonly object _gate = new();
    private readonly Leases _leases = new();

    public long? Next
    {
        get
        {
            lock (_gate)
            {
                return _leases.Next;
            }
        }
    }

    public void Apply(List<Entry> leased, List<long> released, long now)
    {
        lock (_gate)
        {
            released.ForEach(_leases.Remove);
            leased.ForEach(entry => _leases.Add(entry, now + entry.Lease!.Value));
        }
    }

    public bool Knows(in Entry entry)
    {
        lock (_gate)
        {
            return _leases.Knows(entry);
        }
    }

    public bool HasEnded(in Entry entry, long now)
    {
        lock (_gate)
        {
            return _leases.HasEnded(entry, now);
        }
    }

    /// <inheritdoc cref="Leases.FindEnded"/>
    public List<long> FindEnded(long now, int count)
    {
        lock (_gate)
        {
            return _leases.FindEnded(now, count);
        }
    }

    /// <inheritdoc cref="Leases.Restore"/>
    public void Restore(List<long> ended)
    {
        lock (_gate)
        {
            _leases.Restore(ended);
        }
    }

    /// <summary>Of those that had run out some may have begun anew.</summary>
    public void RemoveEnded(List<long> ids, long now)
    {
        lock (_gate)
        {
            _leases.RemoveEnded(ids, now);
        }
    }
}
