using SQLitePCL;

namespace Mesh.Messaging.Sqlite.Files;

/// <summary>
/// A prepared statement, used again and again by the one who has the connection: bind all its parameters, then step. Beneath
/// Microsoft.Data.Sqlite, whose commands allocate for each parameter and throw for what we ask about.
/// </summary>
internal sealed class Statement(Database database, sqlite3_stmt statement) : IDisposable
{
    // What https://sqlite.org/c3ref/c_stmtstatus_counter.html calls SQLITE_STMTSTATUS_VM_STEP.
    private const int StepCounter = 4;

    private int _parameter;

    public Statement Bind(long? number)
    {
        var result = number is { } value ? raw.sqlite3_bind_int64(statement, ++_parameter, value) : raw.sqlite3_bind_null(statement, ++_parameter);
        return Checked(result);
    }

    public Statement Bind(string? text) =>
        Checked(text is null ? raw.sqlite3_bind_null(statement, ++_parameter) : raw.sqlite3_bind_text(statement, ++_parameter, text));

    public Statement Bind(ReadOnlySpan<byte> bytes) => Checked(raw.sqlite3_bind_blob(statement, ++_parameter, bytes));

    /// <summary>Goes to the next row. After the last one the statement is ready for new parameters.</summary>
    /// <returns>Whether there is one.</returns>
    public bool Step()
    {
        var result = raw.sqlite3_step(statement);
        if (result == raw.SQLITE_ROW)
        {
            return true;
        }

        Reset();
        return result == raw.SQLITE_DONE ? false : throw database.Fault(result);
    }

    /// <summary>Does it, and looks at no row.</summary>
    public void Run()
    {
        Step();
        Reset();
    }

    /// <summary>The first column of the first row, null if there is none.</summary>
    public long? Read()
    {
        var number = Step() ? Number(0) : null;
        Reset();
        return number;
    }

    public long Int(int column) => raw.sqlite3_column_int64(statement, column);

    public long? Number(int column) => raw.sqlite3_column_type(statement, column) == raw.SQLITE_NULL ? null : Int(column);

    public string? Text(int column) =>
        raw.sqlite3_column_type(statement, column) == raw.SQLITE_NULL ? null : raw.sqlite3_column_text(statement, column).utf8_to_string();

    /// <summary>Valid until the next step.</summary>
    public ReadOnlySpan<byte> Bytes(int column) => raw.sqlite3_column_blob(statement, column);

    /// <summary>Whoever leaves before the last row says so: an unfinished statement keeps the log from being cut.</summary>
    public void Reset()
    {
        _parameter = 0;
        _ = raw.sqlite3_reset(statement);
    }

    /// <summary>How many instructions it has taken since this was last asked: the cost of a query, whatever the machine.</summary>
    public int TakeSteps() => raw.sqlite3_stmt_status(statement, StepCounter, 1);

    public void Dispose() => statement.Dispose();

    private Statement Checked(int result) => result == raw.SQLITE_OK ? this : throw database.Fault(result);
}
