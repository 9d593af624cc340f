using System.Runtime.InteropServices;

namespace Mesh.Hosting;

/// <summary>File descriptors of this process: how many it may have, and how many it has. Any thread.</summary>
public static partial class OpenFiles
{
    /// <summary>What is assumed where neither can be found out.</summary>
    private const int Unknown = 1024;

    /// <summary>RLIMIT_NOFILE.</summary>
    private static readonly int Resource = OperatingSystem.IsLinux() ? 7 : 8;

    /// <summary>The limit in force (ulimit -n), which the runtime has raised as far as it is allowed to.</summary>
    public static long Limit =>
        !OperatingSystem.IsWindows() && GetLimit(Resource, out var limit) == 0 ? (long)Math.Min(limit.Soft, int.MaxValue) : Unknown;

    /// <summary>How many are open; 0 where nobody says.</summary>
    public static int Count
    {
        get
        {
            try
            {
                return Directory.Exists("/proc/self/fd") ? Directory.EnumerateFileSystemEntries("/proc/self/fd").Count() : 0;
            }
            catch (Exception unreadable) when (unreadable is IOException or UnauthorizedAccessException)
            {
                return 0;
            }
        }
    }

    [StructLayout(LayoutKind.Sequential)]
    private struct ResourceLimit
    {
        public ulong Soft;
        public ulong Hard;
    }

    [LibraryImport("libc", EntryPoint = "getrlimit")]
    private static partial int GetLimit(int resource, out ResourceLimit limit);
}
