using Mesh.Messaging.Delivering;
using Mesh.Messaging.Postgres.Serving;
using Npgsql;

namespace Mesh.Messaging.Postgres.Rows;

/// <summary>Entries, as they stand in their table.</summary>
internal static class EntryColumns
{
    public const string All = "id, backlog, phase, priority, attempts, key, due, ends, event, nonce, lease, holder, reason, since, checksum";

    public const string OfE =
        "e.id, e.backlog, e.phase, e.priority, e.attempts, e.key, e.due, e.ends, e.event, e.nonce, e.lease, e.holder, e.reason, e.since, e.checksum";

    /// <summary>How many columns these are.</summary>
    public const int Count = 15;

    private const string Types =
        "$1::bigint[], $2::bigint[], $3::bigint[], $4::bigint[], $5::bigint[], $6::text[], $7::bigint[], $8::bigint[], $9::bigint[], $10::bigint[], "
        + "$11::bigint[], $12::text[], $13::text[], $14::bigint[], $15::bigint[]";

    private const string InsertText = $"INSERT INTO entries ({All}, owner) SELECT u.*, $16::bigint FROM unnest({Types}) u";

    private const string UpdateText = $"""
        UPDATE entries e SET backlog = u.backlog, phase = u.phase, priority = u.priority, attempts = u.attempts, key = u.key, due = u.due, ends = u.ends,
            event = u.event, nonce = u.nonce, lease = u.lease, holder = u.holder, reason = u.reason, since = u.since, checksum = u.checksum, owner = $16::bigint
        FROM unnest({Types}) u({All}) WHERE e.id = u.id
        """;

    /// <summary>Reads the columns from the first on.</summary>
    public static EntryRow Read(NpgsqlDataReader row)
    {
        var entry = new Entry
        {
            Id = row.GetInt64(0),
            BacklogId = row.GetInt64(1),
            Phase = (Phase)row.GetInt64(2),
            Priority = (int)row.GetInt64(3),
            Attempts = (int)row.GetInt64(4),
            Key = row.Text(5),
            Due = row.Number(6),
            Ends = row.Number(7),
            Event = row.Number(8),
            Nonce = row.Number(9),
            Lease = row.Number(10),
            Holder = row.Text(11),
            Reason = row.Text(12),
            Since = row.GetInt64(13),
        };
        return new EntryRow(entry, entry.Check() != row.GetInt64(14));
    }

    /// <param name="batch">To which it is added.</param>
    /// <param name="entries">New ones; if there are none, nothing is added.</param>
    /// <param name="owner">Whose those are that are leased.</param>
    public static void Insert(Batch batch, IReadOnlyCollection<Entry> entries, long owner) => Add(batch, InsertText, entries, owner);

    /// <inheritdoc cref="Insert"/>
    public static void Update(Batch batch, IReadOnlyCollection<Entry> entries, long owner) => Add(batch, UpdateText, entries, owner);

    private static void Add(Batch batch, string text, IReadOnlyCollection<Entry> entries, long owner)
    {
        if (entries.Count == 0)
        {
            return;
        }

        batch.Add(
            text,
            Batch.Of(Column(entries, entry => entry.Id)), Batch.Of(Column(entries, entry => entry.BacklogId)),
            Batch.Of(Column(entries, entry => (long)entry.Phase)), Batch.Of(Column(entries, entry => (long)entry.Priority)),
            Batch.Of(Column(entries, entry => (long)entry.Attempts)), Batch.Of(Column(entries, entry => entry.Key)),
            Batch.Of(Column(entries, entry => entry.Due)), Batch.Of(Column(entries, entry => entry.Ends)), Batch.Of(Column(entries, entry => entry.Event)),
            Batch.Of(Column(entries, entry => entry.Nonce)), Batch.Of(Column(entries, entry => entry.Lease)), Batch.Of(Column(entries, entry => entry.Holder)),
            Batch.Of(Column(entries, entry => entry.Reason)), Batch.Of(Column(entries, entry => entry.Since)),
            Batch.Of(Column(entries, entry => (long)entry.Check())), Batch.Of(owner));
    }

    private static T[] Column<T>(IReadOnlyCollection<Entry> entries, Func<Entry, T> of)
    {
        var (column, i) = (new T[entries.Count], 0);
        foreach (var entry in entries)
        {
            column[i++] = of(entry);
        }

        return column;
    }
}
