using SQLitePCL;

namespace Mesh.Messaging.Sqlite.Files;

/// <summary>SQLite could not do what it must be able to do: the disk, or the file. Never what a caller has sent.</summary>
internal sealed class SqliteFault(int code, string message) : Exception(message)
{
    private readonly int _code = code & 0xff;

    /// <summary>There is no room for more; less may be possible still.</summary>
    public bool IsFull => _code == raw.SQLITE_FULL;

    public bool IsDamage => _code is raw.SQLITE_CORRUPT or raw.SQLITE_NOTADB;

    /// <summary>What it means to whoever runs the engine (https://sqlite.org/rescode.html).</summary>
    public string Describe(string path) => _code switch
    {
        raw.SQLITE_FULL => $"{path}: there is no room left on its disk",
        raw.SQLITE_BUSY or raw.SQLITE_LOCKED => $"{path}: is locked by another process",
        raw.SQLITE_NOTADB => $"{path}: is not a SQLite database; name another file",
        raw.SQLITE_CORRUPT => $"{path}: is damaged; restore it from a backup, or move it away to begin anew",
        raw.SQLITE_PERM or raw.SQLITE_READONLY or raw.SQLITE_CANTOPEN or raw.SQLITE_AUTH =>
            $"{path}: cannot be opened for writing; look at the rights of the file and its folder",
        raw.SQLITE_IOERR => $"{path}: its disk fails (SQLite's code {code})",
        _ => $"{path}: {Message.ReplaceLineEndings(" ")}",
    };
}
