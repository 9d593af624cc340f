namespace Mesh.Messaging.Sqlite.Files;

/// <summary>
/// Keeps a second engine from the file: each holds leases and counts in memory, and would not see what the other does. The lock is the
/// system's, on a file beside the database's, and goes with the process however that ends; the file stays.
/// </summary>
internal static class FileLock
{
    /// <exception cref="MessagingException">Another process has it, or it cannot be made.</exception>
    public static FileStream Acquire(string path)
    {
        try
        {
            return new FileStream(path + ".lock", FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None, bufferSize: 0);
        }
        catch (UnauthorizedAccessException refused)
        {
            throw new MessagingException($"{path}: cannot be opened for writing; look at the rights of the file and its folder", refused);
        }
        catch (DirectoryNotFoundException refused)
        {
            throw new MessagingException($"{path}: there is no folder '{Path.GetDirectoryName(path)}'; make it first", refused);
        }
        catch (IOException refused)
        {
            throw new MessagingException($"{path}: is in use by another process", refused);
        }
    }
}
