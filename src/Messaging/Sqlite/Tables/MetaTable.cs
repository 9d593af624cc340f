using Mesh.Messaging.Sqlite.Files;

namespace Mesh.Messaging.Sqlite.Tables;

/// <summary>Single numbers that outlive the process.</summary>
internal sealed class MetaTable(Database database)
{
    private readonly Statement _find = database.Prepare("SELECT value FROM meta WHERE key = ?");
    private readonly Statement _set = database.Prepare("INSERT OR REPLACE INTO meta (key, value) VALUES (?, ?)");

    public long? Find(string key) => _find.Bind(key).Read();

    public void Set(string key, long value) => _set.Bind(key).Bind(value).Run();
}
