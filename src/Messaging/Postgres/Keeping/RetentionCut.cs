using Mesh.Messaging.Events;
using Mesh.Messaging.Postgres.Rows;
using Mesh.Messaging.Postgres.Serving;
using Mesh.Messaging.State;
using Npgsql;

namespace Mesh.Messaging.Postgres.Keeping;

/// <summary>
/// Takes the oldest events of a type that has too many, or too old ones, from the log: by count none that a group has still to take, and never one that a group
/// has taken and not finished. It has the log and the groups meanwhile.
/// </summary>
internal sealed class RetentionCut(EngineClock clock)
{
    // In one transaction: others wait meanwhile.
    private const int Slice = 500;

    // So much more than it keeps a type may have before it is cut.
    private const long Slack = 128;

    /// <returns>Whether there may be more to take.</returns>
    public async Task<bool> RunAsync(NpgsqlConnection connection)
    {
        var wall = clock.Wall.ToUnixTimeMilliseconds();
        var candidates = await new Batch(connection)
            .Add(
                """
                SELECT t.name, t.events, t.max_count, t.max_age FROM types t
                CROSS JOIN LATERAL (SELECT v.at FROM events v WHERE v.type = t.name ORDER BY v.sequence LIMIT 1) o
                WHERE t.events > coalesce(t.max_count, $1) + $3 OR o.at < $4 - coalesce(t.max_age, $2)
                """,
                Batch.Of(Retention.Default.Count), Batch.Of((long)Retention.Default.MaxAge.TotalMilliseconds), Batch.Of(Slack), Batch.Of(wall))
            .ListAsync(row => new TypeRow(row.GetString(0), row.Number(2) ?? Retention.Default.Count, row.Number(3) ?? (long)Retention.Default.MaxAge.TotalMilliseconds))
            .ConfigureAwait(false);
        if (candidates.Count == 0)
        {
            await ForgetTypesAsync(connection).ConfigureAwait(false);
            return false;
        }

        var (last, groups) = await new Batch(connection)
            .Add("SELECT last FROM log FOR UPDATE")
            .Add($"SELECT {BacklogRow.All} FROM backlogs WHERE kind = 1 AND NOT is_deleted ORDER BY id FOR UPDATE")
            .ReadAsync(async rows => (await rows.FirstAsync(row => row.GetInt64(0)).ConfigureAwait(false), await rows.TakeAsync(BacklogRow.Read).ConfigureAwait(false)))
            .ConfigureAwait(false);
        var (left, isMore) = (Slice, false);
        foreach (var type in candidates)
        {
            var taken = await CutAsync(connection, type, last, [.. groups.Where(group => group.Backlog.Group!.Filter.MatchesType(type.Name))], wall, left).ConfigureAwait(false);
            left -= taken;
            isMore |= taken > 0;
            if (left <= 0)
            {
                break;
            }
        }

        await ForgetTypesAsync(connection).ConfigureAwait(false);
        return isMore;
    }

    /// <summary>A type that has no events and was never said to keep any is forgotten: there is room for another one.</summary>
    private static Task ForgetTypesAsync(NpgsqlConnection connection) => new Batch(connection)
        .Add("DELETE FROM types WHERE name IN (SELECT name FROM types WHERE events <= 0 AND max_count IS NULL FOR UPDATE SKIP LOCKED)").RunAsync();

    private static async Task<int> CutAsync(NpgsqlConnection connection, TypeRow type, long last, List<BacklogRow> groups, long wall, int left)
    {
        var (events, count, taken) = await new Batch(connection)
            .Add("SELECT sequence, at FROM events WHERE type = $1 ORDER BY sequence LIMIT $2", Batch.Of(type.Name), Batch.Of((long)left))
            .Add("SELECT events FROM types WHERE name = $1", Batch.Of(type.Name))
            .Add(
                """
                SELECT min(f.event) FROM unnest($1) g(id)
                CROSS JOIN LATERAL (
                    SELECT e.event FROM entries e WHERE e.backlog = g.id AND e.event IS NOT NULL AND e.phase < 5 ORDER BY e.event LIMIT 1) f
                """,
                Batch.Of([.. groups.Select(group => group.Id)]))
            .ReadAsync(async rows => (
                await rows.TakeAsync(row => (Sequence: row.GetInt64(0), At: row.GetInt64(1))).ConfigureAwait(false),
                await rows.FirstAsync(row => row.GetInt64(0)).ConfigureAwait(false),
                await rows.FirstAsync(row => row.Number(0)).ConfigureAwait(false) ?? long.MaxValue)).ConfigureAwait(false);
        var position = groups.Count == 0 ? long.MaxValue : groups.Min(group => group.Position);
        var beyond = count - type.Count;
        long[] gone = [.. events
            // The newest stays: who asks how far the log goes finds it.
            .TakeWhile((one, i) => one.Sequence != last && one.Sequence < taken
                && (wall - one.At > type.Age || (beyond > Slack && i < beyond && one.Sequence <= position)))
            .Select(one => one.Sequence)];
        if (gone.Length == 0)
        {
            return 0;
        }

        var batch = new Batch(connection)
            .Add(
                """
                WITH gone AS (DELETE FROM events WHERE sequence = ANY($1) RETURNING octet_length(content) AS size)
                UPDATE log SET bytes = bytes - (SELECT coalesce(sum(size), 0) FROM gone)::bigint
                """,
                Batch.Of(gone))
            .Add("UPDATE types SET events = events - $2 WHERE name = $1", Batch.Of(type.Name), Batch.Of((long)gone.Length));
        foreach (var group in groups)
        {
            if (gone.Count(sequence => sequence > group.Position) is > 0 and var missed)
            {
                batch.Add("UPDATE backlogs SET missed = missed + $2 WHERE id = $1", Batch.Of(group.Id), Batch.Of((long)missed));
            }
        }

        await batch.RunAsync().ConfigureAwait(false);
        return gone.Length;
    }

    /// <param name="Name">A type.</param>
    /// <param name="Count">Of which so many are kept.</param>
    /// <param name="Age">And for so many milliseconds.</param>
    private sealed record TypeRow(string Name, long Count, long Age);
}
