using Mesh.Messaging.Events;
using Mesh.Messaging.Messages;
using Mesh.Messaging.Postgres.Serving;
using Npgsql;

namespace Mesh.Messaging.Postgres.Rows;

/// <summary>Asks for a piece of the log by the index that fits: of a correlation id, a type or a source there is one. What else a filter wants is seen to by who reads.</summary>
internal sealed class EventQueryText
{
    private readonly string? _wanted;

    public EventQueryText(EventFilter filter, bool isNewestFirst)
    {
        var order = isNewestFirst ? "DESC" : "ASC";
        var (column, wanted) = filter switch
        {
            { CorrelationId: { } correlation } => ("correlation", correlation),
            { Types: [var only] } when TypePattern.IsExact(only) => ("type", only),
            { Source: { } source } => ("source", source),
            _ => (null, null),
        };
        _wanted = wanted;
        Text = $"""
            WITH found AS (
                SELECT sequence, type, source, at, content, octet_length(content) AS size FROM events
                WHERE sequence > $1 AND sequence < $2{(column is null ? "" : $" AND {column} = $5")} ORDER BY sequence {order} LIMIT $3),
            sized AS (SELECT *, sum(size) OVER (ORDER BY sequence {order}) - size AS before FROM found)
            SELECT sequence, type, source, at, CASE WHEN before < $4 THEN content END, before < $4 FROM sized ORDER BY sequence {order}
            """;
    }

    public string Text { get; }

    /// <param name="after">Only behind this sequence.</param>
    /// <param name="until">Only before this one.</param>
    /// <param name="count">Events at most.</param>
    /// <param name="bytes">Those that would go beyond it come without their content; one is given whatever its size.</param>
    public NpgsqlParameter[] Parameters(long after, long until, int count, long bytes)
    {
        NpgsqlParameter[] parameters = [Batch.Of(after), Batch.Of(until), Batch.Of((long)count), Batch.Of(bytes)];
        return _wanted is null ? parameters : [.. parameters, Batch.Of(_wanted)];
    }

    /// <returns>An event, and whether its content was sent.</returns>
    public static (StoredMessage? Event, bool IsSent) Read(NpgsqlDataReader row) => (ContentColumns.Read(row, 0), row.GetBoolean(5));
}
