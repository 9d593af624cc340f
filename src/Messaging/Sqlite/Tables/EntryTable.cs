using Mesh.Messaging.Delivering;
using Mesh.Messaging.Sqlite.Files;

namespace Mesh.Messaging.Sqlite.Tables;

/// <summary>
/// What stands in queues and groups. Each question has an index that holds only the rows which it may be about: the cost of an answer does not
/// depend on how many others there are.
/// </summary>
internal sealed class EntryTable(Database database)
{
    private const string Columns = "id, backlog, phase, priority, attempts, key, due, ends, event, nonce, lease, holder, reason, since, checksum";

    public const string ReadyText = $"SELECT {Columns} FROM entries WHERE backlog = ? AND phase = 0 ORDER BY priority DESC, id LIMIT ?";
    public const string ReadyOfText = $"SELECT {Columns} FROM entries WHERE backlog = ? AND phase = 0 AND priority = ? AND id > ? ORDER BY id LIMIT ?";
    public const string ParkedText = $"SELECT {Columns} FROM entries WHERE backlog = ? AND phase = ? AND phase >= 2 AND id > ? ORDER BY id LIMIT ?";
    public const string KeyText = $"SELECT {Columns} FROM entries WHERE backlog = ? AND key = ? AND key IS NOT NULL AND phase < 4 ORDER BY id LIMIT 1";
    public const string DueText = $"SELECT {Columns} FROM entries WHERE due IS NOT NULL AND due <= ? ORDER BY due LIMIT ?";
    public const string EndedText = $"SELECT {Columns} FROM entries WHERE ends IS NOT NULL AND phase <> 1 AND ends <= ? ORDER BY ends LIMIT ?";

    private readonly Statement _insert = database.Prepare($"INSERT INTO entries ({Columns}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)");

    private readonly Statement _update = database.Prepare("""
        UPDATE entries SET backlog = ?2, phase = ?3, priority = ?4, attempts = ?5, key = ?6, due = ?7, ends = ?8, event = ?9, nonce = ?10, lease = ?11,
            holder = ?12, reason = ?13, since = ?14, checksum = ?15
        WHERE id = ?1
        """);

    private readonly Statement _delete = database.Prepare("DELETE FROM entries WHERE id = ?");
    private readonly Statement _find = database.Prepare($"SELECT {Columns} FROM entries WHERE id = ?");
    private readonly Statement _ready = database.Prepare(ReadyText);
    private readonly Statement _readyOf = database.Prepare(ReadyOfText);
    private readonly Statement _parked = database.Prepare(ParkedText);
    private readonly Statement _key = database.Prepare(KeyText);
    private readonly Statement _due = database.Prepare(DueText);
    private readonly Statement _ended = database.Prepare(EndedText);
    private readonly Statement _nextDue = database.Prepare("SELECT min(due) FROM entries WHERE due IS NOT NULL");
    private readonly Statement _nextEnd = database.Prepare("SELECT min(ends) FROM entries WHERE ends IS NOT NULL AND phase <> 1");

    /// <summary>When the next one is due or its time is over.</summary>
    public long? NextTime => (_nextDue.Read(), _nextEnd.Read()) switch
    {
        ({ } due, { } end) => Math.Min(due, end),
        var (due, end) => due ?? end,
    };

    /// <summary>What claims have cost since this was last asked, in instructions of SQLite.</summary>
    public int TakeClaimSteps() => _ready.TakeSteps();

    public void Insert(in Entry entry) => Bind(_insert, entry).Run();

    public void Update(in Entry entry) => Bind(_update, entry).Run();

    public void Delete(long id) => _delete.Bind(id).Run();

    public EntryRow? Find(long id) => First(_find.Bind(id));

    /// <summary>The first of a key: the one that the others wait for, or that is to be next.</summary>
    public EntryRow? FirstOfKey(long backlog, string key) => First(_key.Bind(backlog).Bind(key));

    public List<EntryRow> Ready(long backlog, int count) => All(_ready.Bind(backlog).Bind(count));

    public List<EntryRow> ReadyOf(long backlog, int priority, long after, int count) => All(_readyOf.Bind(backlog).Bind(priority).Bind(after).Bind(count));

    public List<EntryRow> Parked(long backlog, Phase phase, long after, int count) => All(_parked.Bind(backlog).Bind((long)phase).Bind(after).Bind(count));

    public List<EntryRow> Due(long now, int count) => All(_due.Bind(now).Bind(count));

    public List<EntryRow> Ended(long now, int count) => All(_ended.Bind(now).Bind(count));

    /// <summary>Every row there is, one by one.</summary>
    public IEnumerable<EntryRow> Everything()
    {
        using var all = database.Prepare($"SELECT {Columns} FROM entries");
        while (all.Step())
        {
            yield return Read(all);
        }
    }

    private static EntryRow? First(Statement statement)
    {
        EntryRow? found = statement.Step() ? Read(statement) : null;
        statement.Reset();
        return found;
    }

    private static List<EntryRow> All(Statement statement)
    {
        var found = new List<EntryRow>();
        while (statement.Step())
        {
            found.Add(Read(statement));
        }

        return found;
    }

    private static Statement Bind(Statement statement, in Entry entry) => statement
        .Bind(entry.Id).Bind(entry.BacklogId).Bind((long)entry.Phase).Bind(entry.Priority).Bind(entry.Attempts).Bind(entry.Key)
        .Bind(entry.Due).Bind(entry.Ends).Bind(entry.Event).Bind(entry.Nonce).Bind(entry.Lease).Bind(entry.Holder).Bind(entry.Reason)
        .Bind(entry.Since).Bind(entry.Check());

    private static EntryRow Read(Statement row)
    {
        var entry = new Entry
        {
            Id = row.Int(0),
            BacklogId = row.Int(1),
            Phase = (Phase)row.Int(2),
            Priority = (int)row.Int(3),
            Attempts = (int)row.Int(4),
            Key = row.Text(5),
            Due = row.Number(6),
            Ends = row.Number(7),
            Event = row.Number(8),
            Nonce = row.Number(9),
            Lease = row.Number(10),
            Holder = row.Text(11),
            Reason = row.Text(12),
            Since = row.Int(13),
        };
        return new EntryRow(entry, entry.Check() != (ulong)row.Int(14));
    }
}
