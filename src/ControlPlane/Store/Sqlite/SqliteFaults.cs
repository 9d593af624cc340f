using Microsoft.Data.Sqlite;

namespace Mesh.ControlPlane.Store.Sqlite;

/// <summary>What SQLite's result codes (https://sqlite.org/rescode.html) mean to whoever runs the control plane.</summary>
internal static class SqliteFaults
{
    public static StoreException Of(string path, SqliteException refused) => refused.SqliteErrorCode switch
    {
        13 => new(StoreFault.Full, $"{path}: there is no room left on its disk", refused),
        5 or 6 => new(StoreFault.Unavailable, $"{path}: is locked by another process", refused),
        26 => new(StoreFault.Unusable, $"{path}: is not a SQLite database; name another file", refused),
        11 => new(StoreFault.Unusable, $"{path}: is damaged; restore it from a backup, or move it away to begin anew", refused),
        3 or 8 or 14 or 23 => new(StoreFault.Unavailable, $"{path}: cannot be opened for writing; look at the rights of the file and its folder", refused),
        10 => new(StoreFault.Unavailable, $"{path}: its disk fails (SQLite's code {refused.SqliteExtendedErrorCode})", refused),
        _ => new(StoreFault.Unavailable, $"{path}: {refused.Message.ReplaceLineEndings(" ")}", refused),
    };
}
