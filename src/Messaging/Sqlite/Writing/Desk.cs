using Mesh.Messaging.Delivering;
using Mesh.Messaging.Sqlite.State;
using Mesh.Messaging.Sqlite.Tables;
using Mesh.Messaging.State;

namespace Mesh.Messaging.Sqlite.Writing;

/// <summary>All that the writer's thread works with; and how it stands when the file is opened.</summary>
internal sealed class Desk
{
    public Desk(AllTables tables, BacklogStates backlogs, PublishedLog log, DamageReport damage, EngineClock clock, MessagingLimits limits)
    {
        Tables = tables;
        Log = log;
        Numbers = new Numbers(tables);
        Moves = new Moves(tables, damage);
        LogIntake = new LogIntake(tables, Numbers, backlogs, limits);
        QueueIntake = new QueueIntake(tables, Numbers, backlogs, Moves, LogIntake);
        Claims = new Claims(tables, Numbers, backlogs, Moves, damage, limits);
        HandBacks = new HandBacks(tables, backlogs, Moves, Leases);
        Cleanings = new Cleanings(tables, Numbers, backlogs, Moves);
        Registry = new Registry(tables, Numbers, backlogs, limits);
        Questions = new Questions(tables, Numbers, backlogs, Moves, Leases);
        Sweep = new Sweep(tables, backlogs, Moves, Leases);
        Upkeep = new Upkeep(tables, backlogs, LogIntake, Cleanings, Leases);
        Room = new Room(tables.Database, backlogs, limits);
        Load(backlogs, damage, clock);
        log.Begin(Numbers.LastEvent);
    }

    public AllTables Tables { get; }

    public PublishedLog Log { get; }

    public Leases Leases { get; } = new();

    public Numbers Numbers { get; }

    public Moves Moves { get; }

    public LogIntake LogIntake { get; }

    public QueueIntake QueueIntake { get; }

    public Claims Claims { get; }

    public HandBacks HandBacks { get; }

    public Cleanings Cleanings { get; }

    public Registry Registry { get; }

    public Questions Questions { get; }

    public Sweep Sweep { get; }

    public Upkeep Upkeep { get; }

    public Room Room { get; }

    private void Load(BacklogStates backlogs, DamageReport damage, EngineClock clock)
    {
        foreach (var (id, backlog, position, missed, isDeleted) in Tables.Backlogs.Everything())
        {
            var state = new BacklogState(id, backlog);
            (state.Now.Position, state.Now.StoredPosition, state.Now.Missed, state.Now.HasMore) = (position, position, missed, backlog.Group is not null);
            backlogs.Add(state);
            if (isDeleted)
            {
                backlogs.Hide(state);
                backlogs.Deleted.Add(state);
            }
        }

        var damaged = new List<EntryRow>();
        foreach (var row in Tables.Entries.Everything())
        {
            if (backlogs.Find(row.Entry.BacklogId) is not { } backlog)
            {
                damage.Add($"message {row.Entry.Id}: the queue or group that its row names ({row.Entry.BacklogId}) is not there; it is left as it is");
                continue;
            }

            backlog.Now.Add(row.Entry.Phase is >= Phase.Ready and <= Phase.Dead ? row.Entry.Phase : Phase.Dead, 1);
            if (row.IsDamaged)
            {
                damaged.Add(row);
            }
            else if (row.Entry.Phase == Phase.Leased)
            {
                // Who had it may still be at work: the lease begins anew.
                Leases.Add(row.Entry, clock.Now + row.Entry.Lease!.Value);
            }
        }

        foreach (var backlog in backlogs.All.Concat(backlogs.Deleted))
        {
            backlog.Keep();
        }

        Condemn(backlogs, damaged, clock);
    }

    private void Condemn(BacklogStates backlogs, List<EntryRow> damaged, EngineClock clock)
    {
        if (damaged.Count == 0)
        {
            return;
        }

        var turn = new Turn(clock.Now, clock.Wall);
        Tables.Database.Execute("BEGIN");
        foreach (var row in damaged)
        {
            Moves.Condemn(turn, backlogs.Find(row.Entry.BacklogId)!, row, row.Entry.Phase is >= Phase.Ready and <= Phase.Dead ? row.Entry.Phase : Phase.Dead);
        }

        Tables.Database.Execute("COMMIT");
        turn.Apply(Leases);
    }
}
