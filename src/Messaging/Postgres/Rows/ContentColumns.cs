using Mesh.Messaging.Messages;
using Mesh.Messaging.Postgres.Serving;
using Npgsql;

namespace Mesh.Messaging.Postgres.Rows;

/// <summary>What was published, as it stands in the log and among the bodies.</summary>
internal static class ContentColumns
{
    private const string BodiesText = """
        INSERT INTO bodies (id, type, source, at, content) SELECT * FROM unnest($1::bigint[], $2::text[], $3::text[], $4::bigint[], $5::bytea[])
        """;

    private const string EventsText = """
        INSERT INTO events (sequence, type, source, at, content, correlation)
        SELECT * FROM unnest($1::bigint[], $2::text[], $3::text[], $4::bigint[], $5::bytea[], $6::text[])
        """;

    /// <summary>Reads a number, type, source, time and content from a column on.</summary>
    /// <returns>Null if there is no content.</returns>
    public static StoredMessage? Read(NpgsqlDataReader row, int from) =>
        row.Bytes(from + 4) is { } content
            ? StoredContent.Read(row.GetInt64(from), row.GetInt64(from + 3), row.GetString(from + 1), row.GetString(from + 2), content)
            : null;

    /// <returns>How many bytes they are, attributes and all.</returns>
    public static long InsertBodies(Batch batch, List<StoredMessage> bodies)
    {
        if (bodies.Count == 0)
        {
            return 0;
        }

        var contents = Contents(bodies);
        batch.Add(BodiesText, Numbers(bodies), Types(bodies), Sources(bodies), Times(bodies), Batch.Of(contents));
        return contents.Sum(content => (long)content.Length);
    }

    /// <inheritdoc cref="InsertBodies"/>
    public static long InsertEvents(Batch batch, List<StoredMessage> events)
    {
        var contents = Contents(events);
        batch.Add(
            EventsText, Numbers(events), Types(events), Sources(events), Times(events), Batch.Of(contents),
            Batch.Of([.. events.Select(one => one.Message.CorrelationId)]));
        return contents.Sum(content => (long)content.Length);
    }

    private static byte[][] Contents(List<StoredMessage> all) =>
        [.. all.Select(one => MessageCodec.Encode(one.Sequence, one.StoredAt.ToUnixTimeMilliseconds(), one.Message))];

    private static NpgsqlParameter Numbers(List<StoredMessage> all) => Batch.Of([.. all.Select(one => one.Sequence)]);

    private static NpgsqlParameter Types(List<StoredMessage> all) => Batch.Of([.. all.Select(one => (string?)one.Message.Type)]);

    private static NpgsqlParameter Sources(List<StoredMessage> all) => Batch.Of([.. all.Select(one => (string?)one.Message.Source)]);

    private static NpgsqlParameter Times(List<StoredMessage> all) => Batch.Of([.. all.Select(one => one.StoredAt.ToUnixTimeMilliseconds())]);
}
