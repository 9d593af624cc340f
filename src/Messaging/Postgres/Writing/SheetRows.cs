using Mesh.Messaging.Delivering;
using Mesh.Messaging.Postgres.Rows;
using Mesh.Messaging.Postgres.Serving;
using Npgsql;

namespace Mesh.Messaging.Postgres.Writing;

/// <summary>What changes have to know, loaded under the queue's or group's lock in one round trip.</summary>
internal sealed class SheetRows
{
    private const string Found = $"SELECT {EntryColumns.All}, owner FROM entries WHERE id = ANY($1) AND backlog = $2";

    public Dictionary<long, (EntryRow Row, long? Owner)> Entries { get; private set; } = [];

    /// <summary>Of those keys that may be asked for: there are messages of it.</summary>
    public HashSet<string> HeldKeys { get; private set; } = [];

    public Dictionary<string, Sheet.Published> Seen { get; private set; } = [];

    /// <summary>For what is added.</summary>
    public Queue<long> Numbers { get; private set; } = [];

    /// <summary>Begins a transaction that has the lock. Each statement sees what others have committed until then.</summary>
    /// <param name="connection">On which.</param>
    /// <param name="backlog">Of which queue or group.</param>
    /// <param name="changes">Which have to know.</param>
    /// <param name="seenAfter">What was published before that is forgotten.</param>
    /// <returns>The row is null if the queue or group is not there any more.</returns>
    public static Task<(BacklogRow? Row, SheetRows Loaded)> LoadAsync(NpgsqlConnection connection, long backlog, List<Change> changes, long seenAfter)
    {
        long[] ids = [.. changes.SelectMany(change => change.Ids).Distinct()];
        string?[] keys = [.. changes.SelectMany(change => change.Keys).Distinct()];
        string?[] seenAs = [.. changes.SelectMany(change => change.SeenAs).Distinct()];
        var adds = changes.Sum(change => change.Adds);
        var batch = new Batch(connection).Add("BEGIN").Add($"SELECT {BacklogRow.All} FROM backlogs WHERE id = $1 AND NOT is_deleted FOR UPDATE", Batch.Of(backlog));
        if (ids.Length > 0)
        {
            batch.Add($"{Found} AND phase > 0 ORDER BY id FOR UPDATE", Batch.Of([.. changes.Where(change => change.WaitsForThem).SelectMany(change => change.Ids)]), Batch.Of(backlog))
                .Add($"{Found} FOR UPDATE SKIP LOCKED", Batch.Of(ids), Batch.Of(backlog));
        }

        if (ids.Length + keys.Length > 0)
        {
            batch.Add(
                """
                SELECT k.key FROM (SELECT key FROM entries WHERE id = ANY($1) AND backlog = $2 AND key IS NOT NULL AND phase >= 4 UNION SELECT unnest($3)) k(key)
                WHERE EXISTS (SELECT 1 FROM entries h WHERE h.backlog = $2 AND h.key = k.key AND h.key IS NOT NULL AND h.phase < 4)
                """,
                Batch.Of(ids), Batch.Of(backlog), Batch.Of(keys));
        }

        if (seenAs.Length > 0)
        {
            batch.Add(
                """
                SELECT s.key, s.sequence, b.type, b.source, b.at, b.content FROM seen s LEFT JOIN bodies b ON b.id = s.sequence
                WHERE s.scope = $1 AND s.key = ANY($2) AND s.at > $3
                """,
                Batch.Of(backlog), Batch.Of(seenAs), Batch.Of(seenAfter));
        }

        if (adds > 0)
        {
            batch.Add("SELECT nextval('numbers') FROM generate_series(1, $1)", Batch.Of((long)adds));
        }

        return batch.ReadAsync(async rows =>
        {
            var row = await rows.FirstAsync(BacklogRow.Read).ConfigureAwait(false);
            var loaded = new SheetRows();
            if (ids.Length > 0)
            {
                var waited = await rows.TakeAsync(ReadEntry).ConfigureAwait(false);
                loaded.Entries = waited.Concat(await rows.TakeAsync(ReadEntry).ConfigureAwait(false)).DistinctBy(one => one.Row.Entry.Id).ToDictionary(one => one.Row.Entry.Id);
            }

            if (ids.Length + keys.Length > 0)
            {
                loaded.HeldKeys = [.. await rows.TakeAsync(one => one.GetString(0)).ConfigureAwait(false)];
            }

            if (seenAs.Length > 0)
            {
                loaded.Seen = (await rows.TakeAsync(ReadSeen).ConfigureAwait(false)).ToDictionary(one => one.Key, one => one.Published);
            }

            if (adds > 0)
            {
                loaded.Numbers = new Queue<long>((await rows.TakeAsync(one => one.GetInt64(0)).ConfigureAwait(false)).Order());
            }

            return (row, loaded);
        });
    }

    private static (EntryRow Row, long? Owner) ReadEntry(NpgsqlDataReader row) => (EntryColumns.Read(row), row.Number(EntryColumns.Count));

    private static (string Key, Sheet.Published Published) ReadSeen(NpgsqlDataReader row)
    {
        // Its content is of a later message, or gone: an id that was given follows from the number.
        var id = row.IsDBNull(2) ? null : ContentColumns.Read(row, 1) is { Damage: null } stored ? stored.Message.Id : null;
        return (row.GetString(0), new Sheet.Published(row.GetInt64(1), id ?? ""));
    }
}
