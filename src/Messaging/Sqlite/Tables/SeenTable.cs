using Mesh.Messaging.Sqlite.Files;

namespace Mesh.Messaging.Sqlite.Tables;

/// <summary>What was published lately under a key of its own, so that it is not published twice.</summary>
internal sealed class SeenTable(Database database)
{
    private readonly Statement _find = database.Prepare("SELECT sequence FROM seen WHERE scope = ? AND key = ? AND at > ?");
    private readonly Statement _add = database.Prepare("INSERT OR REPLACE INTO seen (scope, key, sequence, at) VALUES (?, ?, ?, ?)");
    private readonly Statement _forget = database.Prepare("DELETE FROM seen WHERE (scope, key) IN (SELECT scope, key FROM seen WHERE at <= ? ORDER BY at LIMIT ?)");

    /// <returns>What was published under it after a time.</returns>
    public long? Find(long scope, string key, long after) => _find.Bind(scope).Bind(key).Bind(after).Read();

    public void Add(long scope, string key, long sequence, long now) => _add.Bind(scope).Bind(key).Bind(sequence).Bind(now).Run();

    /// <returns>How many were forgotten.</returns>
    public int Forget(long until, int count)
    {
        _forget.Bind(until).Bind(count).Run();
        return database.Changes;
    }
}
