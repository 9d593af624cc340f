namespace Mesh.ControlPlane.Broker;

/// <summary>Files of messages that go with their process, in the temporary folder. Any thread.</summary>
internal static class OwnFiles
{
    private const string Prefix = "mesh-messages-";
    private const string Lock = ".lock";

    // One that is being made may not have its lock yet.
    private static readonly TimeSpan Youngest = TimeSpan.FromMinutes(1);

    /// <summary>A new one's path.</summary>
    public static string Make() => Path.Combine(Path.GetTempPath(), $"{Prefix}{Environment.ProcessId}-{Guid.NewGuid():n}.db");

    public static void Delete(string path)
    {
        foreach (var end in (ReadOnlySpan<string>)["", "-wal", "-shm", Lock])
        {
            File.Delete(path + end);
        }
    }

    /// <summary>Removes those of processes that were killed.</summary>
    public static void DeleteThoseLeft(DateTimeOffset now)
    {
        foreach (var held in Directory.EnumerateFiles(Path.GetTempPath(), $"{Prefix}*{Lock}"))
        {
            try
            {
                if (File.GetLastWriteTimeUtc(held) > now.UtcDateTime - Youngest)
                {
                    continue;
                }

                // Only of a process that is gone can it be had.
                using var ours = new FileStream(held, FileMode.Open, FileAccess.ReadWrite, FileShare.None);
                Delete(held[..^Lock.Length]);
            }
            catch (Exception inUse) when (inUse is IOException or UnauthorizedAccessException)
            {
                // Somebody else's.
            }
        }
    }
}
