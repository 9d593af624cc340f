using Mesh.Messaging.Postgres.Rows;
using Mesh.Messaging.Postgres.Serving;
using Mesh.Messaging.Postgres.Writing;
using Mesh.Messaging.Results;
using Mesh.Messaging.State;
using Npgsql;

namespace Mesh.Messaging.Postgres.Keeping;

/// <summary>What keeps the tables from growing, in pieces that hold nobody up: what was seen, what was deleted, retention. One engine at a time.</summary>
internal sealed class Upkeep(Server server, EngineClock clock)
{
    // Of advisory locks.
    private const long Lock = 0x4d73_6855;
    private const int Slice = 1_000;

    /// <returns>Whether there is more to do now.</returns>
    public async Task<Outcome<bool>> RunAsync()
    {
        var isMore = false;
        foreach (var step in new Func<NpgsqlConnection, Task<bool>>[] { ForgetAsync, RemoveDeletedAsync, new RetentionCut(clock).RunAsync })
        {
            var done = await server.RunAsync(connection => InTurnAsync(connection, step)).ConfigureAwait(false);
            if (!done.IsDone)
            {
                return done.Refusal;
            }

            isMore |= done.Value;
        }

        return isMore;
    }

    private static async Task<bool> InTurnAsync(NpgsqlConnection connection, Func<NpgsqlConnection, Task<bool>> step)
    {
        var isOurs = (await new Batch(connection).Add("BEGIN").Add("SELECT pg_try_advisory_xact_lock($1)", Batch.Of(Lock)).ListAsync(row => row.GetBoolean(0))
            .ConfigureAwait(false))[0];
        var isMore = isOurs && await step(connection).ConfigureAwait(false);
        await new Batch(connection).Add("COMMIT").RunAsync().ConfigureAwait(false);
        return isMore;
    }

    private async Task<bool> ForgetAsync(NpgsqlConnection connection)
    {
        var forgotten = await new Batch(connection)
            .Add(
                """
                WITH gone AS (
                    DELETE FROM seen WHERE (scope, key) IN (SELECT scope, key FROM seen WHERE at <= $1 ORDER BY at LIMIT $2 FOR UPDATE SKIP LOCKED) AND at <= $1 RETURNING 1)
                SELECT count(*) FROM gone
                """,
                Batch.Of(clock.Now - Changes.SeenFor), Batch.Of((long)Slice))
            .ListAsync(row => row.GetInt64(0)).ConfigureAwait(false);
        return forgotten[0] == Slice;
    }

    /// <summary>A piece of what stands in one that was deleted; and it itself, when nothing does any more.</summary>
    private static async Task<bool> RemoveDeletedAsync(NpgsqlConnection connection)
    {
        var deleted = await new Batch(connection)
            .Add($"SELECT {BacklogRow.All} FROM backlogs WHERE is_deleted ORDER BY id LIMIT 1 FOR UPDATE SKIP LOCKED").ListAsync(BacklogRow.Read).ConfigureAwait(false);
        if (deleted is not [var backlog])
        {
            return false;
        }

        var gone = await new Batch(connection)
            .Add(
                """
                DELETE FROM entries WHERE id IN (
                    (SELECT id FROM entries WHERE backlog = $1 AND phase > 0 ORDER BY phase, id LIMIT $2 FOR UPDATE SKIP LOCKED)
                    UNION ALL (SELECT id FROM entries WHERE backlog = $1 AND phase = 0 ORDER BY priority DESC, id LIMIT $2 FOR UPDATE SKIP LOCKED))
                RETURNING id
                """,
                Batch.Of(backlog.Id), Batch.Of((long)Slice))
            .ListAsync(row => row.GetInt64(0)).ConfigureAwait(false);
        var batch = new Batch(connection);
        if (gone.Count > 0)
        {
            new Tally().Apply(batch, backlog.Id, [.. gone], []);
        }
        else
        {
            batch.Add("DELETE FROM backlogs WHERE id = $1 AND NOT EXISTS (SELECT 1 FROM entries WHERE backlog = $1)", Batch.Of(backlog.Id))
                .Add("DELETE FROM seen WHERE scope = $1", Batch.Of(backlog.Id));
        }

        await batch.RunAsync().ConfigureAwait(false);
        return true;
    }
}
