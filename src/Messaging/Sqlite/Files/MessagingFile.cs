namespace Mesh.Messaging.Sqlite.Files;

/// <summary>
/// Opens the engine's file, or says in one line why it cannot be: nothing is written to a file that is not ours, is damaged, or is of a
/// version that we do not know.
/// </summary>
internal static class MessagingFile
{
    // "MshM", in the file's header.
    private const int ApplicationId = 0x4d73684d;

    // Of the tables; a file of a later version is left alone.
    private const int Format = 1;

    private const string Schema = """
        CREATE TABLE meta (key TEXT PRIMARY KEY, value NOT NULL) WITHOUT ROWID;
        CREATE TABLE names (id INTEGER PRIMARY KEY, kind INTEGER NOT NULL, text TEXT NOT NULL, max_count INTEGER, max_age INTEGER, UNIQUE (kind, text));

        CREATE TABLE events (
            sequence INTEGER PRIMARY KEY, type INTEGER NOT NULL, source INTEGER NOT NULL, correlation TEXT, at INTEGER NOT NULL, content BLOB NOT NULL);
        CREATE INDEX events_type ON events (type, sequence);
        CREATE INDEX events_source ON events (source, sequence);
        CREATE INDEX events_correlation ON events (correlation, sequence) WHERE correlation IS NOT NULL;

        CREATE TABLE backlogs (
            id INTEGER PRIMARY KEY, kind INTEGER NOT NULL, name TEXT NOT NULL, lease INTEGER NOT NULL, max_deliveries INTEGER NOT NULL,
            max_length INTEGER, types TEXT, source TEXT, subject TEXT, correlation TEXT,
            position INTEGER NOT NULL DEFAULT 0, missed INTEGER NOT NULL DEFAULT 0, deleted INTEGER NOT NULL DEFAULT 0);
        CREATE UNIQUE INDEX backlogs_name ON backlogs (kind, name) WHERE deleted = 0;

        CREATE TABLE bodies (id INTEGER PRIMARY KEY, type INTEGER NOT NULL, source INTEGER NOT NULL, at INTEGER NOT NULL, content BLOB NOT NULL);
        CREATE TABLE entries (
            id INTEGER PRIMARY KEY, backlog INTEGER NOT NULL, phase INTEGER NOT NULL, priority INTEGER NOT NULL, attempts INTEGER NOT NULL,
            key TEXT, due INTEGER, ends INTEGER, event INTEGER, nonce INTEGER, lease INTEGER, holder TEXT, reason TEXT,
            since INTEGER NOT NULL, checksum INTEGER NOT NULL);
        CREATE INDEX entries_ready ON entries (backlog, priority DESC, id) WHERE phase = 0;
        CREATE INDEX entries_parked ON entries (backlog, phase, id) WHERE phase >= 2;
        CREATE INDEX entries_key ON entries (backlog, key, id) WHERE key IS NOT NULL AND phase < 4;
        CREATE INDEX entries_due ON entries (due) WHERE due IS NOT NULL;
        CREATE INDEX entries_ends ON entries (ends) WHERE ends IS NOT NULL AND phase <> 1;

        CREATE TABLE seen (scope INTEGER NOT NULL, key TEXT NOT NULL, sequence INTEGER NOT NULL, at INTEGER NOT NULL, PRIMARY KEY (scope, key)) WITHOUT ROWID;
        CREATE INDEX seen_at ON seen (at);
        """;

    /// <summary>An open connection to a file that is whole and can be written.</summary>
    /// <param name="path">Of the file, which is made if it is not there.</param>
    /// <param name="maxCheckedBytes">A larger file is not looked through.</param>
    /// <param name="isSynced">Whether what is acknowledged is on the disk.</param>
    /// <exception cref="MessagingException">Why not.</exception>
    public static Database Open(string path, long maxCheckedBytes, bool isSynced)
    {
        if (Directory.Exists(path))
        {
            throw new MessagingException($"{path}: is a folder; name a file in it");
        }

        Database? database = null;
        try
        {
            database = Database.Open(path, isReader: false);
            var isNew = Check(database, path, maxCheckedBytes);
            if (isNew)
            {
                // Before there is any table: what is free goes back to the disk in steps.
                database.Execute("PRAGMA auto_vacuum = INCREMENTAL");
            }

            database.Execute("PRAGMA journal_mode = WAL");
            // What is acknowledged must survive a power cut: the log is synced with every transaction.
            database.Execute(isSynced ? "PRAGMA synchronous = FULL" : "PRAGMA synchronous = OFF");
            // The log is taken over by a thread of its own, and is then written again from its beginning: to let it shrink each time would make
            // each sync one of the file's length as well.
            database.Execute("PRAGMA wal_autocheckpoint = 0");
            database.Execute("PRAGMA cache_size = -32768");
            database.Execute("PRAGMA temp_store = MEMORY");
            if (isNew)
            {
                database.Execute($"BEGIN; {Schema} PRAGMA application_id = {ApplicationId}; PRAGMA user_version = {Format}; COMMIT");
            }

            return database;
        }
        catch (SqliteFault refused)
        {
            database?.Dispose();
            throw new MessagingException(refused.Describe(path), refused);
        }
        catch
        {
            database?.Dispose();
            throw;
        }
    }

    /// <returns>Whether there is nothing in it yet.</returns>
    private static bool Check(Database database, string path, long maxCheckedBytes)
    {
        var application = database.ReadNumber("PRAGMA application_id");
        var format = database.ReadNumber("PRAGMA user_version");
        if (application == 0 && database.ReadNumber("SELECT count(*) FROM sqlite_master") == 0)
        {
            return true;
        }

        if (application != ApplicationId)
        {
            throw new MessagingException($"{path}: is a SQLite database, but none of the mesh's messages; name another file");
        }

        if (format > Format)
        {
            throw new MessagingException($"{path}: was written by a later version (format {format}, and this one knows {Format}); run that version");
        }

        if (new FileInfo(path).Length <= maxCheckedBytes)
        {
            CheckWhole(database, path);
        }

        return false;
    }

    /// <summary>Indexes lead to rows and are made anew from them; what is wrong with anything else cannot be mended.</summary>
    private static void CheckWhole(Database database, string path)
    {
        var faults = database.ReadAll("PRAGMA integrity_check(20)");
        if (faults is not ["ok"] && faults.All(fault => fault.Contains(" index ", StringComparison.Ordinal)))
        {
            database.Execute("REINDEX");
            faults = database.ReadAll("PRAGMA integrity_check(20)");
        }

        if (faults is not ["ok"])
        {
            throw new MessagingException(
                $"{path}: is damaged ({faults[0].ReplaceLineEndings(" ")}); restore it from a backup, or move it away to begin anew");
        }
    }
}
