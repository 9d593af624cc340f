using Mesh.Messaging.Delivering;
using Mesh.Messaging.Events;
using Mesh.Messaging.Postgres.Serving;
using Mesh.Messaging.Queues;
using Npgsql;

namespace Mesh.Messaging.Postgres.Rows;

/// <summary>A queue or group as it stands in its table.</summary>
internal sealed record BacklogRow(long Id, Backlog Backlog, long Position, long Missed, bool IsDeleted, Tally Tally)
{
    public const string All =
        "id, kind, name, lease, max_deliveries, max_length, types, source, subject, correlation, position, missed, is_deleted, " + Tally.Columns;

    private const int TallyAt = 13;

    // Patterns have no commas.
    private const char Comma = ',';

    public DeliveryRules Rules => RulesOf(Backlog);

    public static DeliveryRules RulesOf(Backlog backlog) => (backlog.Queue?.Rules ?? backlog.Group?.Rules)!;

    public static BacklogRow Read(NpgsqlDataReader row)
    {
        var rules = new DeliveryRules { Lease = TimeSpan.FromMilliseconds(row.GetInt64(3)), MaxDeliveries = (int)row.GetInt64(4) };
        var name = new BacklogName((BacklogKind)row.GetInt64(1), row.GetString(2));
        var backlog = name.Kind == BacklogKind.Queue
            ? new Backlog(name, new QueueOptions { Rules = rules, MaxLength = row.GetInt64(5) }, null)
            : new Backlog(name, null, new GroupOptions { Rules = rules, Filter = FilterOf(row) });
        return new BacklogRow(row.GetInt64(0), backlog, row.GetInt64(10), row.GetInt64(11), row.GetBoolean(12), Tally.Read(row, TallyAt));
    }

    public static void Insert(Batch batch, long id, Backlog backlog, long position)
    {
        var (rules, filter) = (RulesOf(backlog), backlog.Group?.Filter);
        batch.Add(
            """
            INSERT INTO backlogs (id, kind, name, lease, max_deliveries, max_length, types, source, subject, correlation, position)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
            """,
            Batch.Of(id), Batch.Of((long)backlog.Name.Kind), Batch.Of(backlog.Name.Name), Batch.Of((long)rules.Lease.TotalMilliseconds),
            Batch.Of(rules.MaxDeliveries), Batch.Of(backlog.Queue?.MaxLength), Batch.Of(filter is null ? null : string.Join(Comma, filter.Types)),
            Batch.Of(filter?.Source), Batch.Of(filter?.Subject), Batch.Of(filter?.CorrelationId), Batch.Of(position));
    }

    public static void Configure(Batch batch, long id, Backlog backlog) => batch.Add(
        "UPDATE backlogs SET lease = $2, max_deliveries = $3, max_length = $4 WHERE id = $1",
        Batch.Of(id), Batch.Of((long)RulesOf(backlog).Lease.TotalMilliseconds), Batch.Of(RulesOf(backlog).MaxDeliveries), Batch.Of(backlog.Queue?.MaxLength));

    private static EventFilter FilterOf(NpgsqlDataReader row) => new()
    {
        Types = row.GetString(6).Split(Comma, StringSplitOptions.RemoveEmptyEntries),
        Source = row.Text(7),
        Subject = row.Text(8),
        CorrelationId = row.Text(9),
    };
}
