using Mesh.Messaging.Delivering;
using Mesh.Messaging.Results;
using Mesh.Messaging.Sqlite.State;
using Mesh.Messaging.Sqlite.Tables;

namespace Mesh.Messaging.Sqlite.Writing;

/// <summary>Purges, redrives and empties what was deleted, a piece in each transaction, so that others need not wait for all of it.</summary>
internal sealed class Cleanings(AllTables tables, Numbers numbers, BacklogStates backlogs, Moves moves)
{
    private const int Slice = 500;

    // Those that wait go before those that they wait for, or each would become ready first.
    private static readonly Phase[] All = [Phase.Waiting, Phase.Scheduled, Phase.Retrying, Phase.Dead];

    /// <param name="turn">The transaction.</param>
    /// <param name="name">Of what.</param>
    /// <param name="onlyDead">The dead letters alone.</param>
    /// <param name="progress">Of this purge, kept between the transactions.</param>
    public Outcome<long>? Purge(Turn turn, BacklogName name, bool onlyDead, Progress progress)
    {
        if (backlogs.Find(name) is not { } backlog)
        {
            return progress.Count > 0 ? progress.Count : backlogs.NotFound(name);
        }

        turn.Touch(backlog);
        progress.Begin(turn);
        if (progress.Until is null)
        {
            progress.Until = numbers.LastEntry;
            if (backlog.Filter is not null && !onlyDead)
            {
                (backlog.Now.Position, backlog.Now.StoredPosition, backlog.Now.HasMore) = (numbers.LastEvent, numbers.LastEvent, false);
                tables.Backlogs.Move(backlog.Id, backlog.Now.Position, backlog.Now.Missed);
            }
        }

        foreach (var phase in onlyDead ? [Phase.Dead] : All)
        {
            var rows = tables.Entries.Parked(backlog.Id, phase, 0, Slice);
            if (Remove(turn, backlog, rows, progress))
            {
                return null;
            }
        }

        for (var priority = 0; priority <= Queues.QueueMessage.MaxPriority && !onlyDead; priority++)
        {
            if (Remove(turn, backlog, tables.Entries.ReadyOf(backlog.Id, priority, 0, Slice), progress))
            {
                return null;
            }
        }

        return progress.Count;
    }

    public Outcome<long>? Redrive(Turn turn, BacklogName name, long count, Progress progress)
    {
        if (backlogs.Find(name) is not { } backlog)
        {
            return progress.Count > 0 ? progress.Count : backlogs.NotFound(name);
        }

        turn.Touch(backlog);
        progress.Begin(turn);
        progress.Until ??= numbers.LastEntry;
        var rows = tables.Entries.Parked(backlog.Id, Phase.Dead, progress.After, (int)Math.Min(count - progress.Count, Slice));
        foreach (var row in rows.Where(row => !row.IsDamaged && row.Entry.Id <= progress.Until))
        {
            moves.Update(turn, backlog, row.Entry, Transitions.Redrive(row.Entry, moves.IsKeyHeld(backlog, row.Entry.Key)));
            progress.Count++;
        }

        progress.After = rows.Count == 0 ? progress.After : rows[^1].Entry.Id;
        return rows.Count < Slice || progress.Count >= count ? progress.Count : null;
    }

    /// <summary>Removes a piece of what was deleted.</summary>
    /// <returns>Whether there is more of it that can be removed now.</returns>
    public bool RemoveDeleted(Turn turn)
    {
        foreach (var backlog in backlogs.Deleted)
        {
            var rows = All.Select(phase => tables.Entries.Parked(backlog.Id, phase, 0, Slice)).Append(tables.Entries.Ready(backlog.Id, Slice))
                .FirstOrDefault(rows => rows.Count > 0);
            if (rows is not null)
            {
                rows.ForEach(row => moves.Delete(turn, backlog, row.Entry));
                return true;
            }

            // What is leased goes when the lease ends.
            if (backlog.Now.Length == 0)
            {
                tables.Backlogs.Remove(backlog.Id);
                turn.OnDone(() =>
                {
                    backlogs.Deleted.Remove(backlog);
                    backlogs.Remove(backlog);
                });
                return true;
            }
        }

        return false;
    }

    /// <returns>Whether a full piece was removed, so that there may be more.</returns>
    private bool Remove(Turn turn, BacklogState backlog, List<EntryRow> rows, Progress progress)
    {
        var old = rows.Where(row => row.Entry.Id <= progress.Until).ToList();
        old.ForEach(row => moves.Delete(turn, backlog, row.Entry));
        progress.Count += old.Count;
        return old.Count > 0;
    }
}
