using Mesh.Messaging.Delivering;
using Mesh.Messaging.Messages;
using Mesh.Messaging.Sqlite.State;
using Mesh.Messaging.State;

namespace Mesh.Messaging.Sqlite.Writing;

/// <summary>One transaction: what it does in the file, SQLite knows; what follows from it in memory is gathered here, and done or undone with it.</summary>
internal sealed class Turn(long now, DateTimeOffset wall)
{
    private readonly HashSet<BacklogState> _touched = [];
    private readonly HashSet<BacklogState> _woken = [];
    private readonly Dictionary<long, (Entry Entry, long End)?> _leases = [];
    private readonly List<Action> _undo = [];
    private readonly List<Action> _after = [];

    /// <summary>The engine's time.</summary>
    public long Now { get; } = now;

    public DateTimeOffset Wall { get; } = wall;

    public List<StoredMessage> Appended { get; } = [];

    /// <summary>What it adds to the log, about.</summary>
    public long Bytes { get; set; }

    /// <summary>Its counters are about to change.</summary>
    public void Touch(BacklogState backlog) => _touched.Add(backlog);

    /// <summary>Who waits for it is told.</summary>
    public void Wake(BacklogState backlog) => _woken.Add(backlog);

    public void Lease(in Entry entry) => _leases[entry.Id] = (entry, Now + entry.Lease!.Value);

    public void Free(long id) => _leases[id] = null;

    /// <summary>What was handed out in this transaction.</summary>
    public IEnumerable<long> LeasedTo(string holder) => _leases.Where(lease => lease.Value?.Entry.Holder == holder).Select(lease => lease.Key);

    public void OnUndo(Action action) => _undo.Add(action);

    public void OnDone(Action action) => _after.Add(action);

    public void Apply(Leases leases)
    {
        foreach (var (id, lease) in _leases)
        {
            if (lease is { } held)
            {
                leases.Add(held.Entry, held.End);
            }
            else
            {
                leases.Remove(id);
            }
        }

        foreach (var backlog in _touched)
        {
            backlog.Keep();
        }

        _after.ForEach(action => action());
        foreach (var backlog in _woken)
        {
            backlog.Ready.Raise();
        }
    }

    public void Undo()
    {
        for (var i = _undo.Count - 1; i >= 0; i--)
        {
            _undo[i]();
        }

        foreach (var backlog in _touched)
        {
            backlog.Undo();
        }
    }
}
