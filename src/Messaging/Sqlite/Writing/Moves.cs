using Mesh.Messaging.Delivering;
using Mesh.Messaging.Messages;
using Mesh.Messaging.Sqlite.State;
using Mesh.Messaging.Sqlite.Tables;
using Mesh.Messaging.State;

namespace Mesh.Messaging.Sqlite.Writing;

/// <summary>
/// Carries out what <see cref="Transitions"/> decides: the row, the counts, the lease, and the next one of the key. Nothing else changes an entry.
/// </summary>
internal sealed class Moves(AllTables tables, DamageReport damage)
{
    public void Insert(Turn turn, BacklogState backlog, in Entry entry)
    {
        tables.Entries.Insert(entry);
        Count(turn, backlog, null, entry);
    }

    public void Update(Turn turn, BacklogState backlog, in Entry before, in Entry after)
    {
        tables.Entries.Update(after);
        if (after.Phase == Phase.Dead && after.Event is { } sequence)
        {
            tables.Bodies.Copy(after.Id, sequence);
        }

        Count(turn, backlog, before, after);
        FollowKey(turn, backlog, before, after.HoldsItsKey);
    }

    public void Delete(Turn turn, BacklogState backlog, in Entry entry)
    {
        tables.Entries.Delete(entry.Id);
        tables.Bodies.Delete(entry.Id);
        Count(turn, backlog, entry, null);
        FollowKey(turn, backlog, entry, false);
    }

    /// <summary>What became of it: it stands elsewhere, or is gone since its time was over.</summary>
    public void Settle(Turn turn, BacklogState backlog, in Entry before, Entry? after)
    {
        if (backlog.IsDeleted)
        {
            Delete(turn, backlog, before);
        }
        else if (after is { } stands)
        {
            Update(turn, backlog, before, stands);
        }
        else
        {
            backlog.Now.Expired++;
            Delete(turn, backlog, before);
        }
    }

    /// <summary>Its content, or what became of it, cannot be read: it is kept, as a dead letter that says so.</summary>
    public void Condemn(Turn turn, BacklogState backlog, in Entry entry, string why)
    {
        damage.Add($"{backlog.Name}, message {entry.Event ?? entry.Id}: {why}");
        Update(turn, backlog, entry, Transitions.Condemn(entry, why));
    }

    /// <summary>The row itself is not what was written: what it says is not believed, but where it was found.</summary>
    public void Condemn(Turn turn, BacklogState backlog, in EntryRow row, Phase foundIn) => Condemn(
        turn,
        backlog,
        row.Entry with { BacklogId = backlog.Id, Phase = foundIn, Since = Math.Clamp(row.Entry.Since, 0, turn.Now) },
        "its row was damaged on the disk");

    public bool IsKeyHeld(BacklogState backlog, string? key) => key is not null && tables.Entries.FirstOfKey(backlog.Id, key) is not null;

    /// <summary>The content of an entry, from the log or its own; null if it is nowhere.</summary>
    public StoredMessage? ContentOf(in Entry entry) =>
        entry.Event is { } sequence
            ? tables.Events.Find(sequence) ?? tables.Bodies.Find(entry.Id, sequence)
            : tables.Bodies.Find(entry.Id, entry.Id);

    private static void Count(Turn turn, BacklogState backlog, in Entry? before, in Entry? after)
    {
        turn.Touch(backlog);
        turn.Bytes += 512;
        if (before is { } was)
        {
            backlog.Now.Add(was.Phase, -1);
            if (was.Phase == Phase.Leased && after?.Phase != Phase.Leased)
            {
                turn.Free(was.Id);
            }
        }

        if (after is not { } stands)
        {
            return;
        }

        backlog.Now.Add(stands.Phase, 1);
        if (stands.Phase == Phase.Leased)
        {
            turn.Lease(stands);
        }
        else if (stands.Phase == Phase.Ready)
        {
            turn.Wake(backlog);
        }
    }

    /// <summary>The one that the others of its key waited for holds it no more: the next one's turn.</summary>
    private void FollowKey(Turn turn, BacklogState backlog, in Entry before, bool stillHolds)
    {
        if (stillHolds || !before.HoldsItsKey || before.Phase == Phase.Waiting
            || tables.Entries.FirstOfKey(backlog.Id, before.Key!) is not { Entry: { Phase: Phase.Waiting } next } row)
        {
            return;
        }

        if (row.IsDamaged)
        {
            Condemn(turn, backlog, row, Phase.Waiting);
            FollowKey(turn, backlog, before, stillHolds);
        }
        else
        {
            Update(turn, backlog, next, Transitions.Enter(next, isKeyHeld: false));
        }
    }
}
