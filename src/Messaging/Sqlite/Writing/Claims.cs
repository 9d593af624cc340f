using System.Security.Cryptography;
using Mesh.Messaging.Delivering;
using Mesh.Messaging.Messages;
using Mesh.Messaging.Results;
using Mesh.Messaging.Sqlite.State;
using Mesh.Messaging.Sqlite.Tables;
using Mesh.Messaging.State;

namespace Mesh.Messaging.Sqlite.Writing;

/// <summary>Hands out messages: those that are ready, and to groups then events from the log, which are entries from then on.</summary>
internal sealed class Claims(AllTables tables, Numbers numbers, BacklogStates backlogs, Moves moves, DamageReport damage, MessagingLimits limits)
{
    // At once from the file, and for one claim: others wait meanwhile.
    private const int Slice = 128;
    private const int MostLookedAt = 2_048;

    // A position that has moved on over events which were not meant is stored that often: after a restart they are looked at again.
    private const long StoredEvery = 1_000;

    public Outcome<Claimed>? Claim(Turn turn, BacklogName name, Claim claim)
    {
        if (backlogs.Find(name) is not { } backlog)
        {
            return backlogs.NotFound(name);
        }

        var basket = new Basket(claim, claim.Lease ?? backlog.Rules.Lease);
        turn.Touch(backlog);
        TakeReady(turn, backlog, basket);
        if (backlog.Filter is not null && !basket.IsFull && backlog.Now.HasMore)
        {
            TakeFromLog(turn, backlog, basket);
        }

        backlog.Now.Delivered += basket.Deliveries.Count;
        return new Claimed(basket.Deliveries, backlog.Now[Phase.Ready] > 0 || CanTakeFromLog(backlog));
    }

    private void TakeReady(Turn turn, BacklogState backlog, Basket basket)
    {
        while (!basket.IsFull && tables.Entries.Ready(backlog.Id, Math.Min(basket.Room, Slice)) is { Count: > 0 } rows)
        {
            foreach (var row in rows)
            {
                if (row.IsDamaged)
                {
                    moves.Condemn(turn, backlog, row, Phase.Ready);
                }
                else if (Transitions.IsOver(row.Entry, turn.Now))
                {
                    moves.Settle(turn, backlog, row.Entry, null);
                }
                else if (moves.ContentOf(row.Entry) is not { } content)
                {
                    moves.Condemn(turn, backlog, row.Entry, "its content is not in the file any more");
                }
                else if (content.Damage is { } damaged)
                {
                    moves.Condemn(turn, backlog, row.Entry, damaged);
                }
                else if (basket.HasRoomFor(content))
                {
                    moves.Update(turn, backlog, row.Entry, basket.Add(row.Entry, content));
                }
                else
                {
                    return;
                }
            }
        }
    }

    private bool CanTakeFromLog(BacklogState group) => group.Now.HasMore && group.Now[Phase.Waiting] < limits.MaxWaiting;

    private void TakeFromLog(Turn turn, BacklogState group, Basket basket)
    {
        // One type has an index of its own.
        var type = group.Filter!.Types is [var only] && Events.TypePattern.IsExact(only) ? tables.Names.Find(NameTable.Type, only) ?? 0 : (long?)null;
        var left = MostLookedAt;
        var (first, entries) = (group.Now.Position, group.Now.Length);
        while (left > 0 && !basket.IsFull && CanTakeFromLog(group))
        {
            var count = Math.Min(Slice, left);
            var events = tables.Events.After(type, group.Now.Position, count);
            left -= events.Count;
            foreach (var found in events)
            {
                if (basket.IsFull || !CanTakeFromLog(group) || !Take(turn, group, basket, found))
                {
                    Store(group, entries);
                    return;
                }
            }

            if (events.Count < count)
            {
                group.Now.Position = Math.Max(first, numbers.LastEvent);
                group.Now.HasMore = false;
            }
        }

        Store(group, entries);
    }

    /// <returns>False if the basket has no room for it.</returns>
    private bool Take(Turn turn, BacklogState group, Basket basket, StoredMessage found)
    {
        var isMeant = found.Damage is null ? group.Filter!.Matches(found.Message) : group.Filter!.MatchesType(found.Message.Type);
        if (isMeant)
        {
            var key = found.Message.Key;
            var entry = Transitions.Enter(
                new Entry { Id = 0, BacklogId = group.Id, Phase = Phase.Ready, Key = key, Event = found.Sequence, Since = turn.Now },
                moves.IsKeyHeld(group, key));
            if (found.Damage is { } damaged)
            {
                damage.Add($"{group.Name}, event {found.Sequence}: {damaged}");
                var dead = Transitions.Condemn(entry, damaged) with { Id = numbers.NextEntry(turn) };
                moves.Insert(turn, group, dead);
                tables.Bodies.Copy(dead.Id, found.Sequence);
            }
            else if (entry.Phase == Phase.Waiting)
            {
                moves.Insert(turn, group, entry with { Id = numbers.NextEntry(turn) });
            }
            else if (basket.HasRoomFor(found))
            {
                moves.Insert(turn, group, basket.Add(entry with { Id = numbers.NextEntry(turn) }, found));
            }
            else
            {
                return false;
            }
        }

        group.Now.Position = found.Sequence;
        return true;
    }

    private void Store(BacklogState group, long entriesBefore)
    {
        if (group.Now.Length != entriesBefore || group.Now.Position - group.Now.StoredPosition >= StoredEvery)
        {
            tables.Backlogs.Move(group.Id, group.Now.Position, group.Now.Missed);
            group.Now.StoredPosition = group.Now.Position;
        }
    }

    /// <summary>What one claim is given.</summary>
    private sealed class Basket(Claim claim, TimeSpan lease)
    {
        private long _bytes;

        public List<Delivery> Deliveries { get; } = [];

        public int Room => claim.Count - Deliveries.Count;

        public bool IsFull => Room == 0 || _bytes >= claim.Bytes;

        public bool HasRoomFor(StoredMessage message) => Deliveries.Count == 0 || _bytes + message.Message.Data.Length <= claim.Bytes;

        public Entry Add(in Entry entry, StoredMessage message)
        {
            var leased = Transitions.Claim(entry, BitConverter.ToInt64(RandomNumberGenerator.GetBytes(sizeof(long))), claim.Holder, lease);
            _bytes += message.Message.Data.Length;
            Deliveries.Add(new Delivery(new LeaseToken(leased.Id, leased.Nonce!.Value), leased.Attempts, lease, message));
            return leased;
        }
    }
}
