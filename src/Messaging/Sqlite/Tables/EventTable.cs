using Mesh.Messaging.Messages;
using Mesh.Messaging.Sqlite.Files;

namespace Mesh.Messaging.Sqlite.Tables;

/// <summary>The log, for the writer.</summary>
internal sealed class EventTable(Database database, NameTable names)
{
    private readonly Statement _insert = database.Prepare("INSERT INTO events (sequence, type, source, correlation, at, content) VALUES (?, ?, ?, ?, ?, ?)");
    private readonly Statement _find = database.Prepare("SELECT sequence, type, source, at, content FROM events WHERE sequence = ?");

    private readonly Statement _after = database.Prepare(
        "SELECT sequence, type, source, at, content FROM events WHERE sequence > ? ORDER BY sequence LIMIT ?");

    private readonly Statement _afterOfType = database.Prepare(
        "SELECT sequence, type, source, at, content FROM events WHERE type = ? AND sequence > ? ORDER BY sequence LIMIT ?");

    private readonly Statement _oldestOfType = database.Prepare("SELECT sequence, at FROM events WHERE type = ? ORDER BY sequence LIMIT ?");
    private readonly Statement _delete = database.Prepare("DELETE FROM events WHERE sequence = ?");
    private readonly Statement _last = database.Prepare("SELECT max(sequence) FROM events");
    private readonly Statement _first = database.Prepare("SELECT min(sequence) FROM events");

    public long Last => _last.Read() ?? 0;

    public long First => _first.Read() ?? 0;

    public void Insert(StoredMessage message, long type, long source)
    {
        var at = message.StoredAt.ToUnixTimeMilliseconds();
        _insert.Bind(message.Sequence).Bind(type).Bind(source).Bind(message.Message.CorrelationId).Bind(at)
            .Bind(MessageCodec.Encode(message.Sequence, at, message.Message)).Run();
    }

    public StoredMessage? Find(long sequence)
    {
        _find.Bind(sequence);
        var found = _find.Step() ? ContentRow.Read(_find, names) : null;
        _find.Reset();
        return found;
    }

    /// <param name="type">Only those of it; null for all.</param>
    /// <param name="sequence">Behind this one.</param>
    /// <param name="count">At most.</param>
    public List<StoredMessage> After(long? type, long sequence, int count)
    {
        var statement = type is null ? _after.Bind(sequence).Bind(count) : _afterOfType.Bind(type).Bind(sequence).Bind(count);
        var found = new List<StoredMessage>();
        while (statement.Step())
        {
            found.Add(ContentRow.Read(statement, names));
        }

        return found;
    }

    public List<(long Sequence, long At)> OldestOfType(long type, int count)
    {
        _oldestOfType.Bind(type).Bind(count);
        var found = new List<(long, long)>();
        while (_oldestOfType.Step())
        {
            found.Add((_oldestOfType.Int(0), _oldestOfType.Int(1)));
        }

        return found;
    }

    public void Delete(long sequence) => _delete.Bind(sequence).Run();

    public Dictionary<long, long> CountByType()
    {
        using var counts = database.Prepare("SELECT type, count(*) FROM events GROUP BY type");
        var found = new Dictionary<long, long>();
        while (counts.Step())
        {
            found[counts.Int(0)] = counts.Int(1);
        }

        return found;
    }
}
