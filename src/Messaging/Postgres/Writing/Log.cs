using System.Collections.Concurrent;
using Mesh.Messaging.Events;
using Mesh.Messaging.Messages;
using Mesh.Messaging.Postgres.Rows;
using Mesh.Messaging.Postgres.Serving;
using Mesh.Messaging.Postgres.State;
using Mesh.Messaging.Results;
using Mesh.Messaging.State;
using Npgsql;

namespace Mesh.Messaging.Postgres.Writing;

/// <summary>
/// Adds events to the log. Whoever does so holds its one row until the commit, among all engines: the order of sequences is the order of commits. What
/// would otherwise be lost in waiting is won by what gathers meanwhile and goes together.
/// </summary>
internal sealed class Log(Server server, EngineClock clock, Tail tail, Tidings tidings, MessagingLimits limits)
{
    // Of what was seen; queues have numbers from 1.
    private const long Scope = 0;

    // Types that this engine has found there; others may have gone again, which adding an event mends.
    private readonly ConcurrentDictionary<string, bool> _types = new();

    public async Task RunAsync(List<AppendWork> works)
    {
        var outcome = await server.RunAsync(connection => MakeAsync(connection, works)).ConfigureAwait(false);
        if (outcome.Value is not { } events)
        {
            works.ForEach(work => work.Refuse(outcome.Refusal!));
            return;
        }

        if (events.Count > 0)
        {
            events.ForEach(one => _types[one.Message.Type] = true);
            await tail.AddAsync(events).ConfigureAwait(false);
            tidings.Events();
        }

        works.ForEach(work => work.Answer());
    }

    public Task<Outcome<Retention>> RetainAsync(string type, Retention retention) => RetainedAsync(server.RunAsync(async connection =>
    {
        var (_, _, types) = await BeginAsync(connection, [], [type]).ConfigureAwait(false);
        var refusal = types.WhyNot(type);
        var batch = new Batch(connection);
        if (refusal is null)
        {
            batch.Add(
                "INSERT INTO types (name, events, max_count, max_age) VALUES ($1, 0, $2, $3) ON CONFLICT (name) DO UPDATE SET max_count = $2, max_age = $3",
                Batch.Of(type), Batch.Of(retention.Count), Batch.Of((long)retention.MaxAge.TotalMilliseconds));
        }

        await batch.Add("COMMIT").RunAsync().ConfigureAwait(false);
        return refusal is null ? (Outcome<Retention>)retention : refusal;
    }));

    private static async Task<Outcome<Retention>> RetainedAsync(Task<Outcome<Outcome<Retention>>> made) =>
        await made.ConfigureAwait(false) is { IsDone: true } done ? done.Value : (await made.ConfigureAwait(false)).Refusal!;

    /// <returns>What was added.</returns>
    private async Task<List<StoredMessage>> MakeAsync(NpgsqlConnection connection, List<AppendWork> works)
    {
        var all = works.SelectMany(work => work.Events).ToList();
        var (last, seen, types) = await BeginAsync(
            connection, [.. all.Select(SeenAs).OfType<string>().Distinct()], [.. all.Select(one => one.Type).Distinct().Where(type => !_types.ContainsKey(type))]).ConfigureAwait(false);
        var page = new LogPage(last, seen, clock.Wall);
        foreach (var work in works)
        {
            work.Result = work.Events.Select(one => types.WhyNot(one.Type)).FirstOrDefault(why => why is not null) is { } refusal
                ? refusal
                : work.Events.Select(one => page.Append(one, SeenAs(one))).ToArray();
        }

        var batch = new Batch(connection);
        if (page.Events.Count > 0)
        {
            Write(batch, page);
        }

        await batch.Add("COMMIT").RunAsync().ConfigureAwait(false);
        return page.Events;
    }

    private void Write(Batch batch, LogPage page)
    {
        var bytes = ContentColumns.InsertEvents(batch, page.Events);
        var types = page.Events.CountBy(one => one.Message.Type).ToList();
        batch.Add(
            "INSERT INTO types (name, events) SELECT * FROM unnest($1::text[], $2::bigint[]) ON CONFLICT (name) DO UPDATE SET events = types.events + excluded.events",
            Batch.Of([.. types.Select(one => (string?)one.Key)]), Batch.Of([.. types.Select(one => (long)one.Value)]));
        if (page.SeenNow.Count > 0)
        {
            batch.Add(
                """
                INSERT INTO seen (scope, key, sequence, at) SELECT $1, u.key, u.sequence, $4 FROM unnest($2::text[], $3::bigint[]) u(key, sequence)
                ON CONFLICT (scope, key) DO UPDATE SET sequence = excluded.sequence, at = excluded.at
                """,
                Batch.Of(Scope), Batch.Of([.. page.SeenNow.Keys.Select(key => (string?)key)]), Batch.Of([.. page.SeenNow.Values.Select(one => one.Sequence)]),
                Batch.Of(clock.Now));
        }

        batch.Add("UPDATE log SET last = $1, bytes = bytes + $2", Batch.Of(page.Events[^1].Sequence), Batch.Of(bytes));
    }

    // Sources have no line feeds.
    private static string? SeenAs(Message message) => message.Id.Length == 0 ? null : $"{message.Source}\n{message.Id}";

    /// <summary>Begins a transaction that has the log.</summary>
    private Task<(long Last, Dictionary<string, LogPage.Seen> Seen, LogTypes Types)> BeginAsync(NpgsqlConnection connection, string?[] seenAs, string?[] newTypes)
    {
        var batch = new Batch(connection).Add("BEGIN").Add("SELECT last FROM log FOR UPDATE");
        if (seenAs.Length > 0)
        {
            batch.Add(
                """
                SELECT s.key, s.sequence, v.at FROM seen s LEFT JOIN events v ON v.sequence = s.sequence
                WHERE s.scope = $1 AND s.key = ANY($2) AND s.at > $3
                """,
                Batch.Of(Scope), Batch.Of(seenAs), Batch.Of(clock.Now - Changes.SeenFor));
        }

        if (newTypes.Length > 0)
        {
            batch.Add("SELECT name FROM types WHERE name = ANY($1)", Batch.Of(newTypes)).Add("SELECT count(*) FROM types");
        }

        return batch.ReadAsync(async rows =>
        {
            var last = await rows.FirstAsync(row => row.GetInt64(0)).ConfigureAwait(false);
            var seen = seenAs.Length == 0 ? [] : await rows.TakeAsync(row => (row.GetString(0), new LogPage.Seen(row.GetInt64(1), row.Number(2)))).ConfigureAwait(false);
            var found = newTypes.Length == 0 ? [] : await rows.TakeAsync(row => row.GetString(0)).ConfigureAwait(false);
            var count = newTypes.Length == 0 ? 0 : await rows.FirstAsync(row => row.GetInt64(0)).ConfigureAwait(false);
            return (last, seen.ToDictionary(), new LogTypes(newTypes.OfType<string>().Except(found), count, limits.MaxNames));
        });
    }
}
