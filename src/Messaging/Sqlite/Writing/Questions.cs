using Mesh.Messaging.Delivering;
using Mesh.Messaging.Messages;
using Mesh.Messaging.Queues;
using Mesh.Messaging.Results;
using Mesh.Messaging.Sqlite.State;
using Mesh.Messaging.Sqlite.Tables;
using Mesh.Messaging.State;

namespace Mesh.Messaging.Sqlite.Writing;

/// <summary>What people ask about queues and groups: answered between two transactions, from what the writer knows.</summary>
internal sealed class Questions(AllTables tables, Numbers numbers, BacklogStates backlogs, Moves moves, Leases leases)
{
    public Outcome<BacklogStats>? Stats(Turn turn, BacklogName name)
    {
        if (backlogs.Find(name) is not { } backlog)
        {
            return backlogs.NotFound(name);
        }

        var now = backlog.Now;
        return new BacklogStats
        {
            Name = name,
            Ready = now[Phase.Ready],
            Leased = now[Phase.Leased],
            Delayed = now[Phase.Retrying] + now[Phase.Scheduled],
            Waiting = now[Phase.Waiting],
            Dead = now[Phase.Dead],
            Position = now.Position,
            Behind = backlog.Filter is not null && now.HasMore ? numbers.LastEvent - now.Position : 0,
            Missed = now.Missed,
            OldestAge = OldestAge(turn, backlog),
            Published = now.Published,
            Delivered = now.Delivered,
            Acknowledged = now.Acknowledged,
            Expired = now.Expired,
        };
    }

    public Outcome<IReadOnlyList<HeldMessage>>? Peek(Turn turn, BacklogName name, Phase phase, long after, int count) =>
        backlogs.Find(name) is { } backlog
            ? Rows(backlog, phase, after, count).ConvertAll(row => Show(turn, backlog, row))
            : backlogs.NotFound(name);

    private List<EntryRow> Rows(BacklogState backlog, Phase phase, long after, int count)
    {
        switch (phase)
        {
            case Phase.Leased:
                return [.. leases.OfBacklog(backlog.Id).Where(id => id > after).Take(count).Select(tables.Entries.Find).OfType<EntryRow>()];
            case Phase.Ready:
                var rows = new List<EntryRow>();
                var from = after == 0 ? QueueMessage.MaxPriority : tables.Entries.Find(after)?.Entry.Priority ?? QueueMessage.MaxPriority;
                for (var priority = from; priority >= 0 && rows.Count < count; priority--)
                {
                    rows.AddRange(tables.Entries.ReadyOf(backlog.Id, priority, priority == from ? after : 0, count - rows.Count));
                }

                return rows;
            default:
                return tables.Entries.Parked(backlog.Id, phase, after, count);
        }
    }

    private HeldMessage Show(Turn turn, BacklogState backlog, EntryRow row)
    {
        var entry = row.Entry;
        var content = moves.ContentOf(entry)
            ?? new StoredMessage(entry.Event ?? entry.Id, turn.Wall, new Message(), $"{backlog.Name}, message {entry.Id}: its content is not in the file any more");
        return new HeldMessage(
            entry.Phase,
            entry.Attempts,
            entry.Due is { } due ? TimeSpan.FromMilliseconds(Math.Max(0, due - turn.Now)) : null,
            entry.Holder,
            entry.Reason,
            row.IsDamaged ? content with { Damage = "its row was damaged on the disk" } : content)
        {
            Number = entry.Id,
        };
    }

    private TimeSpan? OldestAge(Turn turn, BacklogState backlog)
    {
        long? oldest = null;
        for (var priority = 0; priority <= QueueMessage.MaxPriority && backlog.Now[Phase.Ready] > 0; priority++)
        {
            if (tables.Entries.ReadyOf(backlog.Id, priority, 0, 1) is [{ IsDamaged: false } first])
            {
                oldest = Math.Min(oldest ?? long.MaxValue, first.Entry.Since);
            }
        }

        return oldest is { } since ? TimeSpan.FromMilliseconds(Math.Max(0, turn.Now - since)) : null;
    }
}
