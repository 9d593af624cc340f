using System.Text.Json;
using Mesh.Messaging.Messages;
using Mesh.Messaging.Postgres.Serving;
using Npgsql;

namespace Mesh.Messaging.Outbox;

/// <summary>The rows of <c>mesh_outbox</c>, as <c>deploy/mesh_outbox.sql</c> makes it.</summary>
internal static class OutboxTable
{
    // Of advisory locks in the app's database; anything that the app is not likely to take.
    private const long Lock = 0x4d73_684f;

    /// <summary>Begins a transaction in which nobody else publishes.</summary>
    /// <returns>The first rows that wait; null if somebody else is at it.</returns>
    public static Task<List<(Guid Id, OutboxRow Row)>?> TakeAsync(NpgsqlConnection connection, int count) => new Batch(connection)
        .Add("BEGIN")
        .Add("SELECT pg_try_advisory_xact_lock($1)", Batch.Of(Lock))
        .Add(
            """
            SELECT id, type, queue, subject, ordering_key, correlation_id, attributes::text, data, time FROM mesh_outbox
            WHERE published_at IS NULL AND error IS NULL ORDER BY number LIMIT $1
            """,
            Batch.Of((long)count))
        .ReadAsync(async rows =>
        {
            var isOurs = await rows.FirstAsync(row => row.GetBoolean(0)).ConfigureAwait(false);
            var waiting = await rows.TakeAsync(Read).ConfigureAwait(false);
            return isOurs ? waiting : null;
        });

    /// <summary>Ends the transaction: these are published, those cannot be.</summary>
    public static Task MarkAsync(NpgsqlConnection connection, Guid[] published, IReadOnlyCollection<KeyValuePair<Guid, string>> errors) => new Batch(connection)
        .Add("UPDATE mesh_outbox SET published_at = clock_timestamp() WHERE id = ANY($1::uuid[])", Batch.Of([.. published.Select(id => (string?)id.ToString())]))
        .Add(
            "UPDATE mesh_outbox o SET error = u.error FROM unnest($1::text[], $2::text[]) u(id, error) WHERE o.id = u.id::uuid",
            Batch.Of([.. errors.Select(one => (string?)one.Key.ToString())]), Batch.Of([.. errors.Select(one => (string?)one.Value)]))
        .Add("COMMIT")
        .RunAsync();

    /// <summary>Removes a piece of what was published so long ago.</summary>
    public static Task CleanAsync(NpgsqlConnection connection, TimeSpan keep, int count) => new Batch(connection)
        .Add(
            """
            DELETE FROM mesh_outbox WHERE id IN (
                SELECT id FROM mesh_outbox WHERE published_at IS NOT NULL AND published_at < clock_timestamp() - make_interval(secs => $1) ORDER BY published_at LIMIT $2)
            """,
            Batch.Of((long)keep.TotalSeconds), Batch.Of((long)count))
        .RunAsync();

    private static (Guid Id, OutboxRow Row) Read(NpgsqlDataReader row)
    {
        var id = row.GetGuid(0);
        return (id, new OutboxRow(row.Text(2), new Message
        {
            Id = id.ToString(),
            Type = row.Text(1) ?? "",
            Subject = row.Text(3),
            OrderingKey = row.Text(4),
            CorrelationId = row.Text(5),
            Attributes = AttributesOf(row.GetString(6)),
            Data = row.Bytes(7),
            Time = row.GetFieldValue<DateTimeOffset>(8),
        }));
    }

    private static List<KeyValuePair<string, string>> AttributesOf(string json)
    {
        using var document = JsonDocument.Parse(json);
        return document.RootElement.ValueKind == JsonValueKind.Object
            ? [.. document.RootElement.EnumerateObject().Select(one => KeyValuePair.Create(one.Name, one.Value.ValueKind == JsonValueKind.String ? one.Value.GetString()! : one.Value.GetRawText()))]
            : [];
    }
}
