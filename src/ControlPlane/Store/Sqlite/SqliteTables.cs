using Microsoft.Data.Sqlite;

namespace Mesh.ControlPlane.Store.Sqlite;

/// <summary>The statements on an open store, prepared once. The writer's thread alone uses it.</summary>
internal sealed class SqliteTables : IDisposable
{
    private readonly SqliteConnection _connection;
    private readonly List<SqliteCommand> _commands = [];
    private readonly SqliteCommand _begin;
    private readonly SqliteCommand _commit;
    private readonly SqliteCommand _rollback;
    private readonly SqliteCommand _revisionOf;
    private readonly SqliteCommand _revisionOfBatch;
    private readonly SqliteCommand _find;
    private readonly SqliteCommand _put;
    private readonly SqliteCommand _remove;
    private readonly SqliteCommand _addRevision;
    private readonly SqliteCommand _addChange;

    public SqliteTables(SqliteConnection connection)
    {
        _connection = connection;
        _begin = Prepare("BEGIN IMMEDIATE");
        _commit = Prepare("COMMIT");
        _rollback = Prepare("ROLLBACK");
        _revisionOf = Prepare("SELECT revision FROM entries WHERE key = $key", "$key");
        _revisionOfBatch = Prepare("SELECT revision FROM revisions WHERE batch = $batch", "$batch");
        _find = Prepare("SELECT value, revision FROM entries WHERE key = $key", "$key");
        _put = Prepare(
            "INSERT INTO entries (key, value, revision) VALUES ($key, $value, $revision) ON CONFLICT (key) DO UPDATE SET value = $value, revision = $revision",
            "$key", "$value", "$revision");
        _remove = Prepare("DELETE FROM entries WHERE key = $key", "$key");
        _addRevision = Prepare("INSERT INTO revisions (revision, batch) VALUES ($revision, $batch)", "$revision", "$batch");
        _addChange = Prepare("INSERT INTO changes (revision, key, value) VALUES ($revision, $key, $value)", "$revision", "$key", "$value");
    }

    public string StoreId => (string)Scalar("SELECT value FROM meta WHERE key = 'id'")!;

    /// <summary>The log has every revision after this one.</summary>
    public long Oldest => (long)Scalar("SELECT value FROM meta WHERE key = 'oldest'")!;

    /// <summary>The last one made.</summary>
    public long Revision => Scalar("SELECT max(revision) FROM revisions") as long? ?? Oldest;

    public long LogRevisions => (long)Scalar("SELECT count(*) FROM revisions")!;

    public long LogBytes => Scalar("SELECT sum(length(key) + ifnull(length(value), 0)) FROM changes") as long? ?? 0;

    public void Begin() => _begin.ExecuteNonQuery();

    public void Commit() => _commit.ExecuteNonQuery();

    /// <summary>Whatever has been done since the beginning is undone; SQLite may have done that itself.</summary>
    public void Rollback()
    {
        try
        {
            _rollback.ExecuteNonQuery();
        }
        catch (SqliteException)
        {
            // No transaction is active: some errors end it.
        }
    }

    /// <summary>Of a key's last change; 0 if it is not there.</summary>
    public long RevisionOf(string key) => Run(_revisionOf, key).ExecuteScalar() as long? ?? 0;

    /// <summary>At which a batch was made; null if the log does not have it.</summary>
    public long? RevisionOf(Guid batch) => Run(_revisionOfBatch, batch.ToByteArray()).ExecuteScalar() as long?;

    /// <summary>Makes a batch's changes, within a transaction.</summary>
    public void Make(Batch batch, long revision)
    {
        Run(_addRevision, revision, batch.Id.ToByteArray()).ExecuteNonQuery();
        foreach (var (key, value) in batch.Changes)
        {
            if (value is null)
            {
                Run(_remove, key).ExecuteNonQuery();
            }
            else
            {
                Run(_put, key, value, revision).ExecuteNonQuery();
            }

            Run(_addChange, revision, key, (object?)value ?? DBNull.Value).ExecuteNonQuery();
        }
    }

    public List<StoreEntry> Entries()
    {
        using var command = _connection.CreateCommand();
        command.CommandText = "SELECT key, value, revision FROM entries";
        using var reader = command.ExecuteReader();
        var entries = new List<StoreEntry>();
        while (reader.Read())
        {
            entries.Add(new StoreEntry(reader.GetString(0), reader.GetFieldValue<byte[]>(1), reader.GetInt64(2)));
        }

        return entries;
    }

    /// <summary>One key; null if it is not there.</summary>
    public StoreEntry? Find(string key)
    {
        using var reader = Run(_find, key).ExecuteReader();
        return reader.Read() ? new StoreEntry(key, reader.GetFieldValue<byte[]>(0), reader.GetInt64(1)) : null;
    }

    /// <summary>What the log has after a revision, in order.</summary>
    public List<StoreRevision> After(long revision)
    {
        using var command = _connection.CreateCommand();
        command.CommandText = "SELECT revision, key, value FROM changes WHERE revision > $revision ORDER BY revision";
        command.Parameters.AddWithValue("$revision", revision);
        using var reader = command.ExecuteReader();
        var revisions = new List<StoreRevision>();
        var changes = new List<StoreChange>();
        while (reader.Read())
        {
            if (revisions.Count == 0 || revisions[^1].Revision != reader.GetInt64(0))
            {
                revisions.Add(new StoreRevision(reader.GetInt64(0), changes = []));
            }

            changes.Add(new StoreChange(reader.GetString(1), reader.IsDBNull(2) ? null : reader.GetFieldValue<byte[]>(2)));
        }

        return revisions;
    }

    /// <summary>The revision up to which the log would have to forget so as to lose that many.</summary>
    public long? Nth(long oldest) => Scalar($"SELECT revision FROM revisions ORDER BY revision LIMIT 1 OFFSET {oldest - 1}") as long?;

    /// <summary>Forgets the log up to a revision, within a transaction.</summary>
    public void Compact(long before)
    {
        Scalar($"DELETE FROM changes WHERE revision <= {before}");
        Scalar($"DELETE FROM revisions WHERE revision <= {before}");
        Scalar($"UPDATE meta SET value = {before} WHERE key = 'oldest' AND value < {before}");
    }

    /// <summary>The file takes no more than this.</summary>
    public void Limit(long bytes) => Scalar($"PRAGMA max_page_count = {bytes / 4096}");

    /// <summary>Writes, and changes nothing: shows whether writing works.</summary>
    public void Touch() => Scalar("UPDATE meta SET value = value WHERE key = 'id'");

    public void Dispose()
    {
        foreach (var command in _commands)
        {
            command.Dispose();
        }

        _connection.Dispose();
    }

    private SqliteCommand Prepare(string text, params string[] parameters)
    {
        var command = _connection.CreateCommand();
        command.CommandText = text;
        foreach (var name in parameters)
        {
            command.Parameters.Add(new SqliteParameter(name, null));
        }

        _commands.Add(command);
        return command;
    }

    private static SqliteCommand Run(SqliteCommand command, params ReadOnlySpan<object> values)
    {
        for (var i = 0; i < values.Length; i++)
        {
            command.Parameters[i].Value = values[i];
        }

        return command;
    }

    private object? Scalar(string text)
    {
        using var command = _connection.CreateCommand();
        command.CommandText = text;
        return command.ExecuteScalar();
    }
}
