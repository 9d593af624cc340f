using SQLitePCL;

namespace Mesh.Messaging.Sqlite.Files;

/// <summary>One connection to a file, with its statements; one thread at a time.</summary>
internal sealed class Database : IDisposable
{
    private readonly sqlite3 _handle;
    private readonly List<Statement> _statements = [];

    static Database() => Batteries_V2.Init();

    private Database(sqlite3 handle) => _handle = handle;

    /// <exception cref="SqliteFault">Why not.</exception>
    public static Database Open(string path, bool isReader)
    {
        var flags = isReader ? raw.SQLITE_OPEN_READONLY : raw.SQLITE_OPEN_READWRITE | raw.SQLITE_OPEN_CREATE;
        var result = raw.sqlite3_open_v2(path, out var handle, flags | raw.SQLITE_OPEN_NOMUTEX, null);
        var database = new Database(handle);
        if (result != raw.SQLITE_OK)
        {
            var fault = database.Fault(result);
            database.Dispose();
            throw fault;
        }

        _ = raw.sqlite3_extended_result_codes(handle, 1);
        // So long somebody else may have it locked, a backup for example.
        _ = raw.sqlite3_busy_timeout(handle, 5_000);
        return database;
    }

    public Statement Prepare(string text)
    {
        var result = raw.sqlite3_prepare_v3(_handle, text, raw.SQLITE_PREPARE_PERSISTENT, out var statement);
        if (result != raw.SQLITE_OK)
        {
            throw Fault(result);
        }

        var prepared = new Statement(this, statement);
        _statements.Add(prepared);
        return prepared;
    }

    public void Execute(string text)
    {
        var result = raw.sqlite3_exec(_handle, text);
        if (result != raw.SQLITE_OK)
        {
            throw Fault(result);
        }
    }

    /// <summary>A column of each row.</summary>
    public IReadOnlyList<string> ReadAll(string text, int column = 0)
    {
        using var statement = Prepare(text);
        _statements.Remove(statement);
        var rows = new List<string>();
        while (statement.Step())
        {
            rows.Add(statement.Text(column) ?? "");
        }

        return rows;
    }

    public long ReadNumber(string text, int column = 0)
    {
        using var statement = Prepare(text);
        _statements.Remove(statement);
        return statement.Step() ? statement.Int(column) : 0;
    }

    /// <summary>Of the last statement that changes rows.</summary>
    public int Changes => raw.sqlite3_changes(_handle);

    /// <summary>Whether a transaction is open: SQLite ends it by itself for some faults.</summary>
    public bool IsInTransaction => raw.sqlite3_get_autocommit(_handle) == 0;

    public SqliteFault Fault(int result) => new(result, raw.sqlite3_errmsg(_handle).utf8_to_string());

    public void Dispose()
    {
        _statements.ForEach(statement => statement.Dispose());
        _handle.Dispose();
    }
}
