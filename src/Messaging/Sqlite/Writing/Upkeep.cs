using Mesh.Messaging.Delivering;
using Mesh.Messaging.Sqlite.State;
using Mesh.Messaging.Sqlite.Tables;
using Mesh.Messaging.State;

namespace Mesh.Messaging.Sqlite.Writing;

/// <summary>What keeps the file from growing, in pieces that hold nobody up: retention, what was seen, what was deleted, free pages.</summary>
internal sealed class Upkeep(AllTables tables, BacklogStates backlogs, LogIntake log, Cleanings cleanings, Leases leases)
{
    // In one transaction: others wait meanwhile.
    private const int Slice = 250;

    // So much more than it keeps a type may have before it is cut.
    private const long Slack = 128;

    // Pages that are kept for what comes, and that are given back at once.
    private const long KeptPages = 1_024;
    private const int PagesAtOnce = 256;

    /// <returns>Whether there is more to do now.</returns>
    public bool Run(Turn turn)
    {
        var forgotten = tables.Seen.Forget(turn.Now - QueueIntake.SeenFor, Slice);
        var removed = cleanings.RemoveDeleted(turn);
        var cut = Cut(turn);
        return forgotten == Slice || removed || cut;
    }

    /// <summary>Gives free pages back to the disk.</summary>
    /// <returns>Whether there are more.</returns>
    public bool Shrink()
    {
        var free = tables.Database.ReadNumber("PRAGMA freelist_count");
        if (free <= KeptPages + PagesAtOnce || free < tables.Database.ReadNumber("PRAGMA page_count") / 4)
        {
            return false;
        }

        _ = tables.Database.ReadAll($"PRAGMA incremental_vacuum({PagesAtOnce})");
        return true;
    }

    private bool Cut(Turn turn)
    {
        var left = Slice;
        var wall = turn.Wall.ToUnixTimeMilliseconds();
        var last = tables.Events.Last;
        foreach (var type in tables.Names.Types)
        {
            var retention = tables.Names.RetentionOf(type);
            var beyond = log.Counts.GetValueOrDefault(type) - retention.Count;
            var needed = new Lazy<(long Taken, long Position)>(() => Needed(type));
            foreach (var (sequence, at) in tables.Events.OldestOfType(type, beyond > Slack ? (int)Math.Min(beyond, left) : 1))
            {
                var isOld = wall - at > (long)retention.MaxAge.TotalMilliseconds;
                // The newest stays: the next number follows from it.
                if (sequence == last || sequence >= needed.Value.Taken || (!isOld && (beyond <= Slack || sequence > needed.Value.Position)))
                {
                    break;
                }

                Delete(turn, type, sequence);
                left--;
            }

            if (left <= 0)
            {
                return true;
            }
        }

        return left < Slice;
    }

    private void Delete(Turn turn, long type, long sequence)
    {
        tables.Events.Delete(sequence);
        turn.OnDone(() => log.Counts[type]--);
        foreach (var group in backlogs.GroupsOf(type, tables.Names.TextOf(type)))
        {
            if (group.Now.Position < sequence)
            {
                turn.Touch(group);
                group.Now.Missed++;
                tables.Backlogs.Move(group.Id, group.Now.StoredPosition, group.Now.Missed);
            }
        }
    }

    /// <summary>The first event of a type that a group has taken and not finished, and the last that all groups have looked at.</summary>
    private (long Taken, long Position) Needed(long type)
    {
        var (taken, position) = (long.MaxValue, long.MaxValue);
        foreach (var group in backlogs.GroupsOf(type, tables.Names.TextOf(type)))
        {
            position = Math.Min(position, group.Now.Position);
            long?[] firsts =
            [
                tables.Entries.Ready(group.Id, 1).FirstOrDefault().Entry.Event,
                tables.Entries.Parked(group.Id, Phase.Retrying, 0, 1).FirstOrDefault().Entry.Event,
                tables.Entries.Parked(group.Id, Phase.Waiting, 0, 1).FirstOrDefault().Entry.Event,
                leases.FirstEvent(group.Id),
            ];
            taken = Math.Min(taken, firsts.Min() ?? long.MaxValue);
        }

        return (taken, position);
    }
}
