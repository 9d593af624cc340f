using Mesh.Messaging.Delivering;
using Mesh.Messaging.Events;
using Mesh.Messaging.Queues;
using Mesh.Messaging.Sqlite.Files;

namespace Mesh.Messaging.Sqlite.Tables;

/// <summary>Queues and groups, as they are made and configured.</summary>
internal sealed class BacklogTable(Database database)
{
    // Patterns have no commas.
    private const char Comma = ',';

    private readonly Statement _insert = database.Prepare("""
        INSERT INTO backlogs (id, kind, name, lease, max_deliveries, max_length, types, source, subject, correlation, position)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
        """);

    private readonly Statement _configure = database.Prepare("UPDATE backlogs SET lease = ?, max_deliveries = ?, max_length = ? WHERE id = ?");
    private readonly Statement _move = database.Prepare("UPDATE backlogs SET position = ?, missed = ? WHERE id = ?");
    private readonly Statement _delete = database.Prepare("UPDATE backlogs SET deleted = 1 WHERE id = ?");
    private readonly Statement _remove = database.Prepare("DELETE FROM backlogs WHERE id = ?");

    public void Insert(long id, Backlog backlog, long position)
    {
        var rules = RulesOf(backlog);
        var filter = backlog.Group?.Filter;
        _insert.Bind(id).Bind((long)backlog.Name.Kind).Bind(backlog.Name.Name).Bind((long)rules.Lease.TotalMilliseconds).Bind(rules.MaxDeliveries)
            .Bind(backlog.Queue?.MaxLength).Bind(filter is null ? null : string.Join(Comma, filter.Types)).Bind(filter?.Source).Bind(filter?.Subject)
            .Bind(filter?.CorrelationId).Bind(position).Run();
    }

    public void Configure(long id, Backlog backlog)
    {
        var rules = RulesOf(backlog);
        _configure.Bind((long)rules.Lease.TotalMilliseconds).Bind(rules.MaxDeliveries).Bind(backlog.Queue?.MaxLength).Bind(id).Run();
    }

    public void Move(long id, long position, long missed) => _move.Bind(position).Bind(missed).Bind(id).Run();

    /// <summary>It is there no more for anybody; what stands in it is removed later.</summary>
    public void Delete(long id) => _delete.Bind(id).Run();

    public void Remove(long id) => _remove.Bind(id).Run();

    public static DeliveryRules RulesOf(Backlog backlog) => (backlog.Queue?.Rules ?? backlog.Group?.Rules)!;

    public IEnumerable<(long Id, Backlog Backlog, long Position, long Missed, bool IsDeleted)> Everything()
    {
        using var all = database.Prepare(
            "SELECT id, kind, name, lease, max_deliveries, max_length, types, source, subject, correlation, position, missed, deleted FROM backlogs");
        while (all.Step())
        {
            var rules = new DeliveryRules { Lease = TimeSpan.FromMilliseconds(all.Int(3)), MaxDeliveries = (int)all.Int(4) };
            var name = new BacklogName((BacklogKind)all.Int(1), all.Text(2)!);
            var backlog = name.Kind == BacklogKind.Queue
                ? new Backlog(name, new QueueOptions { Rules = rules, MaxLength = all.Int(5) }, null)
                : new Backlog(name, null, new GroupOptions { Rules = rules, Filter = FilterOf(all) });
            yield return (all.Int(0), backlog, all.Int(10), all.Int(11), all.Int(12) != 0);
        }
    }

    private static EventFilter FilterOf(Statement row) => new()
    {
        Types = row.Text(6)!.Split(Comma, StringSplitOptions.RemoveEmptyEntries),
        Source = row.Text(7),
        Subject = row.Text(8),
        CorrelationId = row.Text(9),
    };
}
