using System.Text;
using Mesh.Messaging.Delivering;
using Mesh.Messaging.Postgres.State;

namespace Mesh.Messaging.Postgres.Writing;

/// <summary>What is to become of messages that are there: as consumers say, and as time brings it.</summary>
internal static class Answers
{
    private const int MaxReason = 1_024;

    public static Change<IReadOnlyList<bool>> Ack(IReadOnlyList<LeaseToken> tokens) => ForEach(tokens, (sheet, entry) =>
    {
        sheet.Delta.Acknowledged++;
        sheet.Delete(entry);
    });

    public static Change<IReadOnlyList<bool>> Nack(IReadOnlyList<LeaseToken> tokens, TimeSpan delay, string reason)
    {
        var kept = TextOf(reason.Length <= MaxReason ? reason : reason[..MaxReason]);
        return ForEach(tokens, (sheet, entry) => sheet.Settle(entry, Transitions.Nack(entry, sheet.Row.Rules, sheet.Now, delay, kept)));
    }

    public static Change<IReadOnlyList<bool>> Extend(IReadOnlyList<LeaseToken> tokens, TimeSpan? lease) =>
        ForEach(tokens, (sheet, entry) => sheet.Update(entry, Transitions.Extend(entry, lease ?? sheet.Row.Rules.Lease)));

    public static Change<long> Return(long[] ids, string holder) => Count(ids, waits: true, (sheet, entry) =>
    {
        var isHis = entry.Phase == Phase.Leased && entry.Holder == holder;
        if (isHis)
        {
            sheet.Settle(entry, Transitions.Return(entry, sheet.Now));
        }

        return isHis;
    });

    public static Change<long> Redrive(long[] ids) => Count(ids, waits: true, (sheet, entry) =>
    {
        var isDead = entry.Phase == Phase.Dead;
        if (isDead)
        {
            sheet.Update(entry, Transitions.Redrive(entry, sheet.IsKeyHeld(entry.Key)));
        }

        return isDead;
    });

    /// <summary>All of these but what is leased.</summary>
    public static Change<long> Purge(long[] ids) => new(sheet =>
    {
        // Those that wait go before those that they wait for, or each would become ready first.
        var there = ids.Select(sheet.Find).OfType<EntryRow>().Where(row => row.Entry.Phase != Phase.Leased).ToList();
        foreach (var row in there.OrderBy(row => row.Entry.Phase != Phase.Waiting))
        {
            sheet.Delete(row.Entry);
        }

        return (long)there.Count;
    })
    { Ids = ids };

    /// <summary>Leases that have run out.</summary>
    public static Change<long> Expire(long[] ids, LeaseBook leases) => Count(ids, waits: true, (sheet, entry) =>
    {
        var hasEnded = entry.Phase == Phase.Leased && sheet.IsOurs(entry.Id) && leases.HasEnded(entry, sheet.Now);
        if (hasEnded)
        {
            sheet.Settle(entry, Transitions.Expire(entry, sheet.Row.Rules, sheet.Now));
        }

        return hasEnded;
    });

    /// <summary>What is due, what has had its time.</summary>
    public static Change<long> Pass(long[] ids) => Count(ids, waits: false, (sheet, entry) =>
    {
        Entry? after = entry.Phase switch
        {
            not Phase.Leased when Transitions.IsOver(entry, sheet.Now) => null,
            // What is retried holds its key itself.
            Phase.Retrying when entry.Due <= sheet.Now => Transitions.Enter(entry, isKeyHeld: false),
            Phase.Scheduled when entry.Due <= sheet.Now => Transitions.Enter(entry, sheet.IsKeyHeld(entry.Key)),
            _ => entry,
        };
        if (after != entry)
        {
            sheet.Settle(entry, after);
        }

        return after != entry;
    });

    /// <summary>What was found damaged.</summary>
    public static Change<long> Condemn(Dictionary<long, string> whys) => Count([.. whys.Keys], waits: false, (sheet, entry) =>
    {
        sheet.Condemn(entry, whys[entry.Id]);
        return true;
    });

    /// <summary>A text as the database can keep it: it has no NUL, and no half of a character.</summary>
    public static string TextOf(string text) => Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(text)).Replace('\0', '?');

    private static Change<IReadOnlyList<bool>> ForEach(IReadOnlyList<LeaseToken> tokens, Action<Sheet, Entry> action) => new(sheet =>
    {
        var held = new bool[tokens.Count];
        for (var i = 0; i < held.Length; i++)
        {
            if (sheet.Find(tokens[i].Entry) is { IsDamaged: false, Entry: { Phase: Phase.Leased } entry } && entry.Nonce == tokens[i].Nonce)
            {
                held[i] = true;
                action(sheet, entry);
            }
        }

        return held;
    })
    { Ids = [.. tokens.Select(token => token.Entry)], WaitsForThem = true };

    /// <returns>How many of those that are there and sound were meant; those that are damaged are dead letters then.</returns>
    private static Change<long> Count(long[] ids, bool waits, Func<Sheet, Entry, bool> action) => new(sheet =>
    {
        var count = 0L;
        // Who is due first is first in the line of its key.
        foreach (var id in ids.OrderBy(id => sheet.Find(id)?.Entry.Due ?? long.MaxValue).ThenBy(id => id))
        {
            if (sheet.Find(id) is { } row)
            {
                if (row.IsDamaged)
                {
                    sheet.Condemn(row);
                }
                else if (action(sheet, row.Entry))
                {
                    count++;
                }
            }
        }

        return count;
    })
    { Ids = ids, WaitsForThem = waits };
}
