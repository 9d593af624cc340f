using Mesh.Messaging.Delivering;
using Mesh.Messaging.Postgres.Rows;
using Mesh.Messaging.Postgres.Serving;
using Mesh.Messaging.Postgres.State;
using Mesh.Messaging.Results;
using Mesh.Messaging.State;
using Npgsql;

namespace Mesh.Messaging.Postgres.Keeping;

/// <summary>
/// The engines that are at work on this database. Each counts in a row of its own. One whose count stands still while another looks five times is dead to that
/// one, however often somebody sets a clock; its row goes, and what it had handed out is taken over: the leases run anew, for who has them may still
/// be at work.
/// </summary>
internal sealed class Sessions(Server server, Self self, EngineClock clock, LeaseBook leases, Alarm alarm)
{
    private const int MostStill = 5;

    // The time of one that is at work goes on here, if it has said it so lately, in seconds.
    private const int Fresh = 10;
    private const int Slice = 1_000;

    private readonly Dictionary<long, (long Beat, int Still)> _others = [];

    /// <summary>Whether there were others when it was last looked.</summary>
    public bool HasOthers => _others.Count > 0;

    /// <summary>What time those have that are at work; null if none is.</summary>
    public static async Task<long?> TimeAsync(NpgsqlConnection connection)
    {
        var times = await new Batch(connection)
            .Add(
                $"""
                SELECT now + (extract(epoch FROM clock_timestamp() - beaten) * 1000)::bigint FROM sessions
                WHERE clock_timestamp() - beaten BETWEEN interval '0' AND interval '{Fresh} s' ORDER BY beaten DESC LIMIT 1
                """)
            .ListAsync(row => row.GetInt64(0)).ConfigureAwait(false);
        return times is [var time] ? time : null;
    }

    public async Task<Refusal?> BeginAsync()
    {
        var made = await server.RunAsync(async connection =>
            (await new Batch(connection)
                .Add("INSERT INTO sessions (id, beat, now, beaten) VALUES (nextval('numbers'), 0, $1, clock_timestamp()) RETURNING id", Batch.Of(clock.Now))
                .ListAsync(row => row.GetInt64(0)).ConfigureAwait(false))[0]).ConfigureAwait(false);
        if (made.IsDone)
        {
            self.Id = made.Value;
        }

        return made.Refusal;
    }

    /// <summary>Shows that this engine lives, and looks who else does.</summary>
    public async Task<Refusal?> BeatAsync()
    {
        var outcome = await server.RunAsync(connection => new Batch(connection)
            .Add("UPDATE sessions SET beat = beat + 1, now = $2, beaten = clock_timestamp() WHERE id = $1", Batch.Of(self.Id), Batch.Of(clock.Now))
            .Add("SELECT id, beat FROM sessions")
            .ListAsync(row => (Id: row.GetInt64(0), Beat: row.GetInt64(1)))).ConfigureAwait(false);
        if (outcome.Value is not { } sessions)
        {
            return outcome.Refusal;
        }

        if (!sessions.Exists(one => one.Id == self.Id))
        {
            // The others had thought it dead. What it has handed out is theirs.
            return await BeginAsync().ConfigureAwait(false) ?? await AdoptAsync().ConfigureAwait(false);
        }

        long[] dead = [.. sessions.Where(one => one.Id != self.Id && IsStill(one.Id, one.Beat)).Select(one => one.Id)];
        foreach (var gone in _others.Keys.Where(id => !sessions.Exists(one => one.Id == id)).ToList())
        {
            _others.Remove(gone);
        }

        if (dead.Length > 0)
        {
            await server.RunAsync(async connection =>
            {
                await new Batch(connection).Add("DELETE FROM sessions WHERE id = ANY($1)", Batch.Of(dead)).RunAsync().ConfigureAwait(false);
                return true;
            }).ConfigureAwait(false);
        }

        return await AdoptAsync().ConfigureAwait(false);
    }

    /// <summary>Takes leases over that no engine measures: those of the dead, and those of its own that it does not know, since the connection broke as they were given.</summary>
    public async Task<Refusal?> AdoptAsync(bool withOwn = false)
    {
        while (true)
        {
            var (owner, now) = (self.Id, clock.Now);
            var outcome = await server.RunAsync(connection => new Batch(connection)
                .Add(
                    $"""
                    UPDATE entries e SET owner = $1 WHERE e.id IN (
                        SELECT l.id FROM (
                            WITH RECURSIVE o(owner) AS (
                                (SELECT owner FROM entries WHERE phase = 1 ORDER BY owner LIMIT 1)
                                UNION ALL SELECT (SELECT n.owner FROM entries n WHERE n.phase = 1 AND n.owner > o.owner ORDER BY n.owner LIMIT 1) FROM o WHERE o.owner IS NOT NULL)
                            SELECT owner FROM o WHERE owner IS NOT NULL AND owner <> $1 AND NOT EXISTS (SELECT 1 FROM sessions s WHERE s.id = o.owner)) d
                        JOIN entries l ON l.owner = d.owner AND l.phase = 1 LIMIT $2 FOR UPDATE OF l SKIP LOCKED)
                    RETURNING {EntryColumns.OfE}
                    """,
                    Batch.Of(owner), Batch.Of((long)Slice))
                .ListAsync(EntryColumns.Read)).ConfigureAwait(false);
            if (outcome.Value is not { } rows)
            {
                return outcome.Refusal;
            }

            Take(rows, now);
            if (rows.Count < Slice)
            {
                return withOwn ? await LearnAsync(owner).ConfigureAwait(false) : null;
            }
        }
    }

    /// <summary>It ends: its leases are without owner, until another engine, or the next that begins, takes them over.</summary>
    public Task EndAsync() => server.RunAsync(async connection =>
    {
        await new Batch(connection).Add("DELETE FROM sessions WHERE id = $1", Batch.Of(self.Id)).RunAsync().ConfigureAwait(false);
        return true;
    });

    private async Task<Refusal?> LearnAsync(long owner)
    {
        var now = clock.Now;
        var after = 0L;
        while (true)
        {
            var outcome = await server.RunAsync(connection => new Batch(connection)
                .Add($"SELECT {EntryColumns.All} FROM entries WHERE owner = $1 AND phase = 1 AND id > $2 ORDER BY id LIMIT $3", Batch.Of(owner), Batch.Of(after), Batch.Of((long)Slice))
                .ListAsync(EntryColumns.Read)).ConfigureAwait(false);
            if (outcome.Value is not { } rows)
            {
                return outcome.Refusal;
            }

            Take([.. rows.Where(row => !leases.Knows(row.Entry))], now);
            if (rows.Count < Slice)
            {
                return null;
            }

            after = rows[^1].Entry.Id;
        }
    }

    private void Take(List<EntryRow> rows, long now)
    {
        leases.Apply([.. rows.Where(row => row is { IsDamaged: false, Entry.Phase: Phase.Leased }).Select(row => row.Entry)], [], now);
        alarm.NotLaterThan(leases.Next);
    }

    private bool IsStill(long id, long beat)
    {
        var (before, still) = _others.GetValueOrDefault(id, (-1, 0));
        _others[id] = before == beat ? (beat, still + 1) : (beat, 0);
        return before == beat && still + 1 >= MostStill;
    }
}
