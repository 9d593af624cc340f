using Mesh.Messaging.Delivering;
using Mesh.Messaging.Events;
using Mesh.Messaging.Messages;
using Mesh.Messaging.Postgres.Rows;
using Mesh.Messaging.Postgres.Serving;
using Mesh.Messaging.State;
using Npgsql;

namespace Mesh.Messaging.Postgres.Writing;

/// <summary>A group takes events from the log, in their order: each becomes an entry, handed out or behind another one of its key. It has the group's lock.</summary>
internal sealed class GroupTaking(NpgsqlConnection connection, MessagingLimits limits, DamageReport damage)
{
    // At once, and for one transaction: others wait meanwhile.
    private const int Slice = 128;
    private const int MostLookedAt = 2_048;
    private const long SliceBytes = 16 * 1024 * 1024;

    private Queue<long> _numbers = [];
    private HashSet<string> _held = [];

    /// <returns>The group's position then.</returns>
    public async Task<long> TakeAsync(ClaimTurn turn)
    {
        var row = turn.Row;
        var (position, waiting, left) = (row.Position, row.Tally[Phase.Waiting], MostLookedAt);
        while (true)
        {
            if (turn.Basket is null || waiting + turn.Sheet.Delta[Phase.Waiting] >= limits.MaxWaiting)
            {
                turn.IsMore |= turn.Basket is null && await IsMoreAsync(position).ConfigureAwait(false);
                return position;
            }

            var (events, last) = await FindAsync(row.Backlog.Group!.Filter, position, Math.Min(Slice, left)).ConfigureAwait(false);
            await PrepareAsync(row, events).ConfigureAwait(false);
            foreach (var (found, isSent) in events)
            {
                if (waiting + turn.Sheet.Delta[Phase.Waiting] >= limits.MaxWaiting)
                {
                    return position;
                }

                if (!isSent || !Take(turn, row, found!))
                {
                    turn.IsMore = true;
                    return position;
                }

                position = found!.Sequence;
            }

            if (events.Count < Math.Min(Slice, left))
            {
                return Math.Max(position, last);
            }

            left -= events.Count;
            if (left <= 0)
            {
                turn.IsMore = true;
                return position;
            }
        }
    }

    /// <returns>False if there is no room for it.</returns>
    private bool Take(ClaimTurn turn, BacklogRow row, StoredMessage found)
    {
        var filter = row.Backlog.Group!.Filter;
        if (!(found.Damage is null ? filter.Matches(found.Message) : filter.MatchesType(found.Message.Type)))
        {
            return true;
        }

        var key = found.Message.Key;
        var entry = Transitions.Enter(
            new Entry { Id = 0, BacklogId = row.Id, Phase = Phase.Ready, Key = key, Event = found.Sequence, Since = turn.Sheet.Now },
            key is not null && _held.Contains(key));
        if (found.Damage is { } why)
        {
            damage.Add($"{row.Backlog.Name}, event {found.Sequence}: {why}");
            var dead = Transitions.Condemn(entry, why) with { Id = _numbers.Dequeue() };
            turn.Sheet.Insert(dead);
            turn.Sheet.Keep(dead);
        }
        else if (entry.Phase == Phase.Waiting)
        {
            turn.Sheet.Insert(entry with { Id = _numbers.Dequeue() });
        }
        else if (turn.BasketFor(found) is { } basket)
        {
            turn.Sheet.Insert(basket.Add(entry with { Id = _numbers.Dequeue() }, found));
            turn.Sheet.Delta.Delivered++;
            if (key is not null)
            {
                _held.Add(key);
            }
        }
        else
        {
            return false;
        }

        return true;
    }

    private async Task<bool> IsMoreAsync(long position) =>
        (await new Batch(connection).Add("SELECT last > $1 FROM log", Batch.Of(position)).ListAsync(row => row.GetBoolean(0)).ConfigureAwait(false))[0];

    /// <summary>The log's end is read before its events: those up to it are seen.</summary>
    private Task<(List<(StoredMessage? Event, bool IsSent)> Events, long Last)> FindAsync(EventFilter filter, long position, int count)
    {
        var query = new EventQueryText(filter, isNewestFirst: false);
        return new Batch(connection).Add("SELECT last FROM log")
            .Add(query.Text, query.Parameters(position, long.MaxValue, count, SliceBytes))
            .ReadAsync(async rows =>
            {
                var last = await rows.FirstAsync(row => row.GetInt64(0)).ConfigureAwait(false);
                return (await rows.TakeAsync(EventQueryText.Read).ConfigureAwait(false), last);
            });
    }

    /// <summary>Numbers for so many entries, and which keys are held.</summary>
    private async Task PrepareAsync(BacklogRow row, List<(StoredMessage? Event, bool IsSent)> events)
    {
        if (events.Count == 0)
        {
            return;
        }

        string?[] keys = [.. events.Select(one => one.Event?.Message.Key).OfType<string>().Where(key => !_held.Contains(key)).Distinct()];
        var held = await new Batch(connection)
            .Add("SELECT nextval('numbers') FROM generate_series(1, $1)", Batch.Of((long)events.Count))
            .Add(
                """
                SELECT k.key FROM unnest($2::text[]) k(key)
                WHERE EXISTS (SELECT 1 FROM entries h WHERE h.backlog = $1 AND h.key = k.key AND h.key IS NOT NULL AND h.phase < 4)
                """,
                Batch.Of(row.Id), Batch.Of(keys))
            .ReadAsync(async rows =>
            {
                _numbers = new Queue<long>((await rows.TakeAsync(one => one.GetInt64(0)).ConfigureAwait(false)).Order());
                return await rows.TakeAsync(one => one.GetString(0)).ConfigureAwait(false);
            }).ConfigureAwait(false);
        _held = [.. _held, .. held];
    }
}
