using Mesh.Messaging.Delivering;
using Mesh.Messaging.Sqlite.State;
using Mesh.Messaging.Sqlite.Tables;
using Mesh.Messaging.State;

namespace Mesh.Messaging.Sqlite.Writing;

/// <summary>What happens by itself as time passes: leases run out, what was put off is due, what has had its time goes.</summary>
internal sealed class Sweep(AllTables tables, BacklogStates backlogs, Moves moves, Leases leases)
{
    // In one transaction: others wait meanwhile.
    private const int Slice = 500;

    /// <summary>When there is something to do next.</summary>
    public long? NextTime => (leases.Next, tables.Entries.NextTime) switch
    {
        ({ } lease, { } entry) => Math.Min(lease, entry),
        var (lease, entry) => lease ?? entry,
    };

    public void Run(Turn turn)
    {
        Expire(turn);
        foreach (var row in tables.Entries.Due(turn.Now, Slice))
        {
            if (IsSound(turn, row, out var backlog))
            {
                // What is retried holds its key itself.
                var isKeyHeld = row.Entry.Phase == Phase.Scheduled && moves.IsKeyHeld(backlog!, row.Entry.Key);
                moves.Settle(turn, backlog!, row.Entry, Transitions.IsOver(row.Entry, turn.Now) ? null : Transitions.Enter(row.Entry, isKeyHeld));
            }
        }

        foreach (var id in tables.Entries.Ended(turn.Now, Slice).ConvertAll(row => row.Entry.Id))
        {
            // As it stands now: the one before it may have left the key to it.
            if (tables.Entries.Find(id) is { } row && IsSound(turn, row, out var backlog))
            {
                moves.Settle(turn, backlog!, row.Entry, null);
            }
        }
    }

    private void Expire(Turn turn)
    {
        var ended = leases.FindEnded(turn.Now, Slice);
        turn.OnUndo(() => leases.Restore(ended));
        foreach (var id in ended)
        {
            if (tables.Entries.Find(id) is not { } row)
            {
                turn.Free(id);
            }
            else if (IsSound(turn, row, out var backlog) && row.Entry.Phase == Phase.Leased)
            {
                moves.Settle(turn, backlog!, row.Entry, Transitions.Expire(row.Entry, backlog!.Rules, turn.Now));
            }
        }
    }

    /// <summary>A row that cannot be believed is a dead letter of the queue that it names, if there is one.</summary>
    private bool IsSound(Turn turn, EntryRow row, out BacklogState? backlog)
    {
        backlog = backlogs.Find(row.Entry.BacklogId);
        if (backlog is not null && !row.IsDamaged)
        {
            return true;
        }

        if (backlog is not null)
        {
            moves.Condemn(turn, backlog, row, row.Entry.Phase);
        }

        turn.Free(row.Entry.Id);
        return false;
    }
}
