using Mesh.Messaging.Events;
using Mesh.Messaging.Messages;
using Mesh.Messaging.Postgres.Rows;
using Mesh.Messaging.Postgres.Serving;
using Mesh.Messaging.Results;
using Npgsql;

namespace Mesh.Messaging.Postgres.Reading;

/// <summary>Reads the log, a bounded number of rows at a time.</summary>
internal sealed class History(Server server)
{
    // For one page: who wants more asks again.
    private const int MostLookedAt = 5_000;
    private const int Slice = 500;
    private const long SliceBytes = 16 * 1024 * 1024;

    /// <param name="range">Which sequences, and from which end.</param>
    /// <param name="filter">Which events.</param>
    /// <param name="count">Events at most.</param>
    /// <param name="bytes">Of content, at most; one event is given whatever its size.</param>
    /// <param name="seen">How far the log goes at least: a page that has looked at all ends there.</param>
    public Task<Outcome<EventPage>> ReadAsync(ReadRange range, EventFilter filter, int count, long bytes, long? seen) =>
        server.RunAsync(connection => ReadAsync(connection, range, filter, count, bytes, seen));

    public Task<Outcome<EventPage>> QueryAsync(EventQuery query) => server.RunAsync(async connection =>
    {
        var after = query.From is { } from ? await PositionAtAsync(connection, from.ToUnixTimeMilliseconds()).ConfigureAwait(false) : 0;
        var until = query.Until is { } end ? await PositionAtAsync(connection, end.ToUnixTimeMilliseconds()).ConfigureAwait(false) + 1 : long.MaxValue;
        if (query.After is { } page)
        {
            (after, until) = query.IsNewestFirst ? (after, Math.Min(until, page)) : (Math.Max(after, page), until);
        }

        return await ReadAsync(connection, new ReadRange(after, until, query.IsNewestFirst), query.Filter, query.PageSize, long.MaxValue, seen: null).ConfigureAwait(false);
    });

    public Task<Outcome<long>> PositionAtAsync(DateTimeOffset time) =>
        server.RunAsync(connection => PositionAtAsync(connection, time.ToUnixTimeMilliseconds()));

    private static async Task<EventPage> ReadAsync(NpgsqlConnection connection, ReadRange range, EventFilter filter, int count, long bytes, long? seen)
    {
        var query = new EventQueryText(filter, range.IsNewestFirst);
        var (found, size, last, looked) = (new List<StoredMessage>(), 0L, range.IsNewestFirst ? range.Until : range.After, 0);
        while (true)
        {
            var (after, until) = range.IsNewestFirst ? (range.After, last) : (last, range.Until);
            var take = Math.Min(Slice, Math.Max(count - found.Count + 1, 32));
            var rows = await new Batch(connection).Add(query.Text, query.Parameters(after, until, take, Math.Min(bytes, SliceBytes))).ListAsync(EventQueryText.Read)
                .ConfigureAwait(false);
            foreach (var row in rows.TakeWhile(row => row.IsSent).Select(row => row.Event!))
            {
                var isMeant = row.Damage is null ? filter.Matches(row.Message) : filter.MatchesType(row.Message.Type);
                if (looked++ == MostLookedAt || (isMeant && (found.Count == count || (found.Count > 0 && size + row.Message.Data.Length > bytes))))
                {
                    return await PageAsync(connection, found, last, isMore: true).ConfigureAwait(false);
                }

                last = row.Sequence;
                if (isMeant)
                {
                    found.Add(row);
                    size += row.Message.Data.Length;
                }
            }

            if (rows.Count < take && rows.TrueForAll(row => row.IsSent))
            {
                return await PageAsync(connection, found, seen is { } end ? Math.Max(last, end) : last, isMore: false).ConfigureAwait(false);
            }
        }
    }

    private static async Task<EventPage> PageAsync(NpgsqlConnection connection, List<StoredMessage> events, long next, bool isMore)
    {
        var oldest = await new Batch(connection).Add("SELECT min(sequence) FROM events").ListAsync(row => row.Number(0)).ConfigureAwait(false);
        return new EventPage(events, next, isMore, oldest[0] ?? 0);
    }

    /// <summary>The last event that was taken before a time. Times follow the sequence, as long as nobody sets a clock back.</summary>
    private static async Task<long> PositionAtAsync(NpgsqlConnection connection, long time)
    {
        var ends = await new Batch(connection).Add("SELECT min(sequence), max(sequence) FROM events").ListAsync(row => (row.Number(0), row.Number(1))).ConfigureAwait(false);
        var (low, high) = ((ends[0].Item1 ?? 0) - 1, ends[0].Item2 ?? 0);
        while (low < high)
        {
            // The rows have gaps: the first one behind the middle stands for it.
            var middle = low + (high - low) / 2;
            var rows = await new Batch(connection).Add("SELECT sequence, at FROM events WHERE sequence > $1 ORDER BY sequence LIMIT 1", Batch.Of(middle))
                .ListAsync(row => (Sequence: row.GetInt64(0), At: row.GetInt64(1))).ConfigureAwait(false);
            var (sequence, at) = rows is [var one] ? one : (high, long.MaxValue);
            (low, high) = at < time ? (sequence, high) : (low, middle);
        }

        return Math.Max(0, high);
    }
}
