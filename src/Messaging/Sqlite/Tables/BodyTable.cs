using Mesh.Messaging.Messages;
using Mesh.Messaging.Sqlite.Files;

namespace Mesh.Messaging.Sqlite.Tables;

/// <summary>The content of what stands in queues, and of a group's dead letters, which outlive the log.</summary>
internal sealed class BodyTable(Database database, NameTable names)
{
    private readonly Statement _insert = database.Prepare("INSERT INTO bodies (id, type, source, at, content) VALUES (?, ?, ?, ?, ?)");
    private readonly Statement _find = database.Prepare("SELECT ?, type, source, at, content FROM bodies WHERE id = ?");
    private readonly Statement _delete = database.Prepare("DELETE FROM bodies WHERE id = ?");

    private readonly Statement _copy = database.Prepare(
        "INSERT OR IGNORE INTO bodies (id, type, source, at, content) SELECT ?, type, source, at, content FROM events WHERE sequence = ?");

    public void Insert(long id, StoredMessage message, long type, long source)
    {
        var at = message.StoredAt.ToUnixTimeMilliseconds();
        _insert.Bind(id).Bind(type).Bind(source).Bind(at).Bind(MessageCodec.Encode(message.Sequence, at, message.Message)).Run();
    }

    /// <summary>Keeps an event's content for an entry, whatever becomes of the event.</summary>
    public void Copy(long id, long sequence) => _copy.Bind(id).Bind(sequence).Run();

    public StoredMessage? Find(long id, long sequence)
    {
        _find.Bind(sequence).Bind(id);
        var found = _find.Step() ? ContentRow.Read(_find, names) : null;
        _find.Reset();
        return found;
    }

    public void Delete(long id) => _delete.Bind(id).Run();
}
