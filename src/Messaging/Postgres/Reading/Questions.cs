using Mesh.Messaging.Delivering;
using Mesh.Messaging.Messages;
using Mesh.Messaging.Postgres.Rows;
using Mesh.Messaging.Postgres.Serving;
using Mesh.Messaging.Results;
using Mesh.Messaging.State;

namespace Mesh.Messaging.Postgres.Reading;

/// <summary>What people ask about queues and groups.</summary>
internal sealed class Questions(Server server, EngineClock clock)
{
    private const string Rows = $"""
        SELECT {EntryColumns.OfE}, coalesce(e.event, e.id), coalesce(v.type, b.type), coalesce(v.source, b.source), coalesce(v.at, b.at), coalesce(v.content, b.content)
        FROM (SELECT * FROM entries WHERE backlog = $1 AND ITS_PHASE LIMIT $4) e
        LEFT JOIN events v ON v.sequence = e.event LEFT JOIN bodies b ON b.id = e.id
        """;

    private static readonly string Parked = Rows.Replace("ITS_PHASE", "phase = $2 AND phase > 0 AND id > $3 ORDER BY id", StringComparison.Ordinal) + " ORDER BY e.id";

    // Those that are ready come in the order in which they will be delivered.
    private static readonly string Ready = Rows.Replace(
        "ITS_PHASE",
        """
        phase = 0 AND $2 = 0 AND (-priority, id) > (coalesce((SELECT -priority FROM entries WHERE id = $3), -1000), $3) ORDER BY priority DESC, id
        """,
        StringComparison.Ordinal) + " ORDER BY e.priority DESC, e.id";

    public Task<Outcome<BacklogStats>> StatsAsync(long id, BacklogName name) => AskAsync(server.RunAsync<Outcome<BacklogStats>>(async connection =>
    {
        var (row, last, oldest) = await new Batch(connection)
            .Add(
                $"""
                SELECT {BacklogRow.All.Replace("ready, leased,", "b.ready + t.ready, b.leased + t.leased,", StringComparison.Ordinal).Replace(" delivered,", " b.delivered + t.delivered,", StringComparison.Ordinal)}
                FROM backlogs b CROSS JOIN LATERAL (
                    SELECT coalesce(sum(ready), 0)::bigint AS ready, coalesce(sum(leased), 0)::bigint AS leased, coalesce(sum(delivered), 0)::bigint AS delivered
                    FROM tallies WHERE backlog = b.id) t
                WHERE id = $1 AND NOT is_deleted
                """,
                Batch.Of(id))
            .Add("SELECT last FROM log")
            .Add(
                """
                SELECT min(e.since) FROM generate_series(0, 9) p(priority)
                CROSS JOIN LATERAL (SELECT since FROM entries WHERE backlog = $1 AND phase = 0 AND priority = p.priority ORDER BY id LIMIT 1) e
                """,
                Batch.Of(id))
            .ReadAsync(async rows => (
                await rows.FirstAsync(BacklogRow.Read).ConfigureAwait(false),
                await rows.FirstAsync(one => one.GetInt64(0)).ConfigureAwait(false),
                await rows.FirstAsync(one => one.Number(0)).ConfigureAwait(false))).ConfigureAwait(false);
        return row is null ? Refusals.NotFound(name, []) : Of(name, row, last, oldest);
    }));

    public Task<Outcome<IReadOnlyList<HeldMessage>>> PeekAsync(long id, BacklogName name, Phase phase, long after, int count) => server.RunAsync<IReadOnlyList<HeldMessage>>(
        async connection => await new Batch(connection)
            .Add(phase == Phase.Ready ? Ready : Parked, Batch.Of(id), Batch.Of((long)phase), Batch.Of(after), Batch.Of((long)count))
            .ListAsync(row => Show(name, EntryColumns.Read(row), ContentColumns.Read(row, EntryColumns.Count))).ConfigureAwait(false));

    private static async Task<Outcome<T>> AskAsync<T>(Task<Outcome<Outcome<T>>> asked)
    {
        var outcome = await asked.ConfigureAwait(false);
        return outcome.IsDone ? outcome.Value : outcome.Refusal;
    }

    private BacklogStats Of(BacklogName name, BacklogRow row, long last, long? oldest) => new()
    {
        Name = name,
        Ready = row.Tally[Phase.Ready],
        Leased = row.Tally[Phase.Leased],
        Delayed = row.Tally[Phase.Retrying] + row.Tally[Phase.Scheduled],
        Waiting = row.Tally[Phase.Waiting],
        Dead = row.Tally[Phase.Dead],
        Position = row.Position,
        Behind = row.Backlog.Group is null ? 0 : Math.Max(0, last - row.Position),
        Missed = row.Missed,
        OldestAge = oldest is { } since ? TimeSpan.FromMilliseconds(Math.Max(0, clock.Now - since)) : null,
        Published = row.Tally.Published,
        Delivered = row.Tally.Delivered,
        Acknowledged = row.Tally.Acknowledged,
        Expired = row.Tally.Expired,
    };

    private HeldMessage Show(BacklogName name, EntryRow row, StoredMessage? found)
    {
        var entry = row.Entry;
        var content = found
            ?? new StoredMessage(entry.Event ?? entry.Id, clock.Wall, new Message(), $"{name}, message {entry.Id}: its content is not in the database any more");
        return new HeldMessage(
            entry.Phase,
            entry.Attempts,
            entry.Due is { } due ? TimeSpan.FromMilliseconds(Math.Max(0, due - clock.Now)) : null,
            entry.Holder,
            entry.Reason,
            row.IsDamaged ? content with { Damage = "its row was damaged on the disk" } : content)
        {
            Number = entry.Id,
        };
    }
}
