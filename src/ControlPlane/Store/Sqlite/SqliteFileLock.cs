namespace Mesh.ControlPlane.Store.Sqlite;

/// <summary>
/// Keeps a second control plane from the file: each holds what it has read in memory, and would not see what the other writes.
/// The lock is the system's, on a file beside the database's, and goes with the process however that ends; the file stays.
/// Whoever only reads the database, a backup for example, does not mind it.
/// </summary>
internal static class SqliteFileLock
{
    /// <exception cref="StoreException">Another process has it, or it cannot be made.</exception>
    public static FileStream Acquire(string path)
    {
        try
        {
            return new FileStream(path + ".lock", FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None, bufferSize: 0);
        }
        catch (UnauthorizedAccessException refused)
        {
            throw new StoreException(StoreFault.Unavailable, $"{path}: cannot be opened for writing; look at the rights of the file and its folder", refused);
        }
        catch (IOException refused) when (refused is not DirectoryNotFoundException && File.Exists(path + ".lock"))
        {
            throw new StoreException(StoreFault.Unavailable, $"{path}: is in use by another control plane", refused);
        }
        catch (IOException refused)
        {
            throw new StoreException(StoreFault.Unavailable, $"{path}: cannot be opened: {refused.Message.ReplaceLineEndings(" ")}", refused);
        }
    }
}
