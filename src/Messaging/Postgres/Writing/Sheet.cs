using Mesh.Messaging.Delivering;
using Mesh.Messaging.Messages;
using Mesh.Messaging.Postgres.Rows;
using Mesh.Messaging.Postgres.Serving;
using Mesh.Messaging.State;

namespace Mesh.Messaging.Postgres.Writing;

/// <summary>
/// One transaction on one queue or group: what was loaded, and what <see cref="Transitions"/> has decided, until it is written in one go. What
/// follows from it in memory is read from here once it is committed.
/// </summary>
internal sealed class Sheet(BacklogRow row, SheetRows loaded, long owner, long now, DateTimeOffset wall, DamageReport damage)
{
    private readonly Dictionary<long, Entry> _updated = [];
    private readonly List<Entry> _inserted = [];
    private readonly List<StoredMessage> _bodies = [];
    private readonly HashSet<long> _gone = [];
    private readonly HashSet<string> _freed = [];
    private readonly Dictionary<long, long> _kept = [];
    private readonly Dictionary<string, Published> _seen = [];
    private readonly List<long> _unwritten = [];

    public BacklogName Name => row.Backlog.Name;

    public BacklogRow Row => row;

    public long Now => now;

    public DateTimeOffset Wall => wall;

    /// <summary>By how much the counts change.</summary>
    public Tally Delta { get; } = new();

    public List<Entry> Leased { get; } = [];

    public List<long> Released { get; } = [];

    /// <summary>When something that was put off here is due, or has had its time.</summary>
    public long? NextTime { get; private set; }

    /// <summary>Something is ready that was not.</summary>
    public bool IsSomethingReady { get; private set; }

    /// <summary>Whether there are counts to write.</summary>
    public bool IsAnythingChanged { get; private set; }

    /// <summary>Keys whose first message is out of the way: the next ones are to be found and given to <see cref="Promote"/>.</summary>
    public IReadOnlyCollection<string> Freed => _freed;

    public EntryRow? Find(long id) =>
        _gone.Contains(id) ? null
        : _updated.TryGetValue(id, out var entry) ? new EntryRow(entry, false)
        : loaded.Entries.TryGetValue(id, out var found) ? found.Row
        : null;

    /// <summary>Whether this engine measures the lease.</summary>
    public bool IsOurs(long id) => loaded.Entries.TryGetValue(id, out var found) && found.Owner == owner;

    public long NextNumber() => loaded.Numbers.Dequeue();

    /// <summary>Whether others of its key are there.</summary>
    public bool IsKeyHeld(string? key) => key is not null && loaded.HeldKeys.Contains(key);

    public Published? FindSeen(string key) => _seen.TryGetValue(key, out var here) ? here : loaded.Seen.TryGetValue(key, out var before) ? before : null;

    public void Add(in Entry entry, StoredMessage message, string? seenAs)
    {
        Insert(entry);
        _bodies.Add(message);
        Delta.Published++;
        if (seenAs is not null)
        {
            _seen[seenAs] = new Published(entry.Id, message.Message.Id);
        }
    }

    /// <summary>An entry without content of its own.</summary>
    public void Insert(in Entry entry)
    {
        _inserted.Add(entry);
        Count(null, entry);
        if (entry.Key is { } key && entry.HoldsItsKey)
        {
            loaded.HeldKeys.Add(key);
        }
    }

    /// <summary>Its content is kept, whatever becomes of its event.</summary>
    public void Keep(in Entry entry) => _kept[entry.Id] = entry.Event!.Value;

    public void Update(in Entry before, in Entry after)
    {
        _updated[after.Id] = after;
        if (after is { Phase: Phase.Dead, Event: not null })
        {
            Keep(after);
        }

        Count(before, after);
        Follow(before, after.HoldsItsKey);
        if (after.Key is { } key && after.HoldsItsKey)
        {
            loaded.HeldKeys.Add(key);
        }
    }

    public void Delete(in Entry entry)
    {
        _updated.Remove(entry.Id);
        _kept.Remove(entry.Id);
        _gone.Add(entry.Id);
        _unwritten.Add(entry.Id);
        Count(entry, null);
        Follow(entry, false);
    }

    /// <summary>What became of it: it stands elsewhere, or is gone since its time was over.</summary>
    public void Settle(in Entry before, Entry? after)
    {
        if (after is { } stands)
        {
            Update(before, stands);
        }
        else
        {
            Delta.Expired++;
            Delete(before);
        }
    }

    /// <summary>Its content, or what became of it, cannot be read: it is kept, as a dead letter that says so.</summary>
    public void Condemn(in Entry entry, string why)
    {
        damage.Add($"{Name}, message {entry.Event ?? entry.Id}: {why}");
        Update(entry, Transitions.Condemn(entry, why));
    }

    /// <summary>The row itself is not what was written: what it says is not believed, but where it was found.</summary>
    public void Condemn(in EntryRow found) => Condemn(
        found.Entry with
        {
            BacklogId = row.Id,
            Phase = found.Entry.Phase is >= Phase.Ready and <= Phase.Dead ? found.Entry.Phase : Phase.Dead,
            Since = Math.Clamp(found.Entry.Since, 0, now),
        },
        "its row was damaged on the disk");

    /// <summary>The next of each key whose first is out of the way.</summary>
    public void Promote(List<EntryRow> next)
    {
        _freed.Clear();
        foreach (var found in next)
        {
            if (found.IsDamaged)
            {
                Condemn(found);
                _freed.Add(found.Entry.Key!);
            }
            else
            {
                Update(found.Entry, Transitions.Enter(found.Entry, isKeyHeld: false));
            }
        }
    }

    /// <summary>Adds what has been decided and not been written yet.</summary>
    public void Write(Batch batch)
    {
        if (_unwritten.Count > 0)
        {
            batch.Add("DELETE FROM entries WHERE id = ANY($1)", Batch.Of([.. _unwritten]));
        }

        EntryColumns.Update(batch, _updated.Values, owner);
        EntryColumns.Insert(batch, _inserted, owner);
        Delta.Bytes += ContentColumns.InsertBodies(batch, _bodies);
        if (_seen.Count > 0)
        {
            batch.Add(
                """
                INSERT INTO seen (scope, key, sequence, at) SELECT $1, u.key, u.sequence, $4 FROM unnest($2::text[], $3::bigint[]) u(key, sequence)
                ON CONFLICT (scope, key) DO UPDATE SET sequence = excluded.sequence, at = excluded.at
                """,
                Batch.Of(row.Id), Batch.Of([.. _seen.Keys.Select(key => (string?)key)]), Batch.Of([.. _seen.Values.Select(one => one.Number)]), Batch.Of(now));
        }

        _unwritten.Clear();
        _updated.Clear();
        _inserted.Clear();
        _bodies.Clear();
        _seen.Clear();
    }

    /// <summary>Adds what is written last: until then nobody else need wait for the counts.</summary>
    public void WriteCounts(Batch batch) => Delta.Apply(batch, row.Id, [.. _gone], _kept);

    private void Count(in Entry? before, in Entry? after)
    {
        IsAnythingChanged = true;
        if (before is { } was)
        {
            Delta[was.Phase]--;
            if (was.Phase == Phase.Leased && after?.Phase != Phase.Leased)
            {
                Released.Add(was.Id);
            }
        }

        if (after is not { } stands)
        {
            return;
        }

        Delta[stands.Phase]++;
        IsSomethingReady |= stands.Phase == Phase.Ready;
        NextTime = Earlier(Earlier(NextTime, stands.Due), stands.Ends);
        if (stands.Phase == Phase.Leased)
        {
            Leased.Add(stands);
        }
    }

    private void Follow(in Entry before, bool stillHolds)
    {
        if (!stillHolds && before.HoldsItsKey && before.Phase != Phase.Waiting)
        {
            _freed.Add(before.Key!);
        }
    }

    private static long? Earlier(long? one, long? other) => one is { } first && other is { } second ? Math.Min(first, second) : one ?? other;

    /// <param name="Number">Under which it was published.</param>
    /// <param name="Id">Its id.</param>
    internal readonly record struct Published(long Number, string Id);
}
