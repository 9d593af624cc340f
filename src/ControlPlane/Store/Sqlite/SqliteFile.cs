using Microsoft.Data.Sqlite;

namespace Mesh.ControlPlane.Store.Sqlite;

/// <summary>
/// Opens the database's file, or says in one line why it cannot be: nothing is written to a file that is not ours, is damaged,
/// or is of a version that we do not know.
/// </summary>
internal static class SqliteFile
{
    // "Mesh", in the file's header.
    private const int ApplicationId = 0x4d657368;

    // Of the tables; a file of a later version is left alone.
    private const int Format = 1;

    private const string Tables = """
        CREATE TABLE meta (key TEXT PRIMARY KEY, value NOT NULL) WITHOUT ROWID;
        CREATE TABLE entries (key TEXT PRIMARY KEY, value BLOB NOT NULL, revision INTEGER NOT NULL) WITHOUT ROWID;
        CREATE TABLE revisions (revision INTEGER PRIMARY KEY, batch BLOB NOT NULL UNIQUE);
        CREATE TABLE changes (revision INTEGER NOT NULL, key TEXT NOT NULL, value BLOB, PRIMARY KEY (revision, key)) WITHOUT ROWID;
        """;

    /// <summary>An open connection to a store that is complete and can be written.</summary>
    /// <param name="path">Of the file, which is made if it is not there.</param>
    /// <param name="time">When a new history begins.</param>
    /// <exception cref="StoreException">Why not.</exception>
    public static SqliteConnection Open(string path, TimeProvider time)
    {
        if (Path.GetDirectoryName(path) is { } folder && !Directory.Exists(folder))
        {
            throw new StoreException(StoreFault.Unusable, $"{path}: there is no folder '{folder}'; make it first");
        }

        if (Directory.Exists(path))
        {
            throw new StoreException(StoreFault.Unusable, $"{path}: is a folder; name a file in it");
        }

        MakeForOwnerAlone(path);
        var connection = new SqliteConnection(new SqliteConnectionStringBuilder
        {
            DataSource = path,
            Mode = SqliteOpenMode.ReadWriteCreate,
            Pooling = false,
            // So long somebody else may have it locked, a backup for example.
            DefaultTimeout = 5,
        }.ToString());
        try
        {
            connection.Open();
            var isNew = Check(connection, path);
            // What is acknowledged must survive a power cut: the log is synced with every transaction.
            Execute(connection, "PRAGMA journal_mode = WAL");
            Execute(connection, "PRAGMA synchronous = FULL");
            if (isNew)
            {
                Create(connection, time);
            }

            // Whether it can be written is better known now than later.
            Execute(connection, "UPDATE meta SET value = value WHERE key = 'id'");
            return connection;
        }
        catch (SqliteException refused)
        {
            connection.Dispose();
            throw SqliteFaults.Of(path, refused);
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }

    public static void Execute(SqliteConnection connection, string text)
    {
        using var command = connection.CreateCommand();
        command.CommandText = text;
        command.ExecuteNonQuery();
    }

    /// <summary>The keys of the mesh's authority will be in it. What SQLite puts beside it gets the same mode.</summary>
    private static void MakeForOwnerAlone(string path)
    {
        if (OperatingSystem.IsWindows() || File.Exists(path))
        {
            return;
        }

        try
        {
            var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write, UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite };
            new FileStream(path, options).Dispose();
        }
        catch (Exception refused) when (refused is IOException or UnauthorizedAccessException)
        {
            // SQLite says why, in the words of its faults.
        }
    }

    /// <returns>Whether there is nothing in it yet.</returns>
    private static bool Check(SqliteConnection connection, string path)
    {
        var isEmpty = Read<long>(connection, "SELECT count(*) FROM sqlite_master") == 0;
        var application = Read<long>(connection, "PRAGMA application_id");
        var format = Read<long>(connection, "PRAGMA user_version");
        if (isEmpty && application == 0)
        {
            return true;
        }

        if (application != ApplicationId)
        {
            throw new StoreException(StoreFault.Unusable, $"{path}: is a SQLite database, but none of a mesh control plane; name another file");
        }

        if (format > Format)
        {
            throw new StoreException(StoreFault.Unusable, $"{path}: was written by a later version (format {format}, and this one knows {Format}); run that version");
        }

        if (Read<string>(connection, "PRAGMA quick_check(1)") is not "ok" and var damage)
        {
            throw new StoreException(StoreFault.Unusable, $"{path}: is damaged ({damage.ReplaceLineEndings(" ")}); restore it from a backup, or move it away to begin anew");
        }

        return false;
    }

    private static void Create(SqliteConnection connection, TimeProvider time)
    {
        using var transaction = connection.BeginTransaction();
        using var command = connection.CreateCommand();
        command.Transaction = transaction;
        command.CommandText = $"""
            {Tables}
            INSERT INTO meta (key, value) VALUES ('id', $id), ('oldest', $oldest);
            PRAGMA application_id = {ApplicationId};
            PRAGMA user_version = {Format};
            """;
        command.Parameters.AddWithValue("$id", StoreHistory.NewId());
        command.Parameters.AddWithValue("$oldest", StoreHistory.FirstRevision(time));
        command.ExecuteNonQuery();
        transaction.Commit();
    }

    private static T Read<T>(SqliteConnection connection, string text)
    {
        using var command = connection.CreateCommand();
        command.CommandText = text;
        return (T)command.ExecuteScalar()!;
    }
}
