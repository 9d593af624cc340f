using System.Runtime.InteropServices;

namespace Mesh.Hosting;

/// <summary>Makes what happened to a folder's names survive a power cut, which a file's own flush does not. Blocks; any thread.</summary>
public static partial class FolderSync
{
    private const int InvalidDescriptor = -1;

    /// <summary>O_RDONLY and O_CLOEXEC, which differ.</summary>
    private static readonly int ReadOnly = OperatingSystem.IsLinux() ? 0x80000 : 0x1000000;

    /// <summary>Flushes a folder, after a rename in it; false if the system does not: it may be cut back by a power cut.</summary>
    public static bool Flush(string folder)
    {
        // Windows has no such thing; its renames are journaled.
        if (OperatingSystem.IsWindows())
        {
            return true;
        }

        var descriptor = Open(folder, ReadOnly);
        if (descriptor == InvalidDescriptor)
        {
            return false;
        }

        var isFlushed = Sync(descriptor) == 0;
        _ = Close(descriptor);
        return isFlushed;
    }

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Open(string path, int flags);

    [LibraryImport("libc", EntryPoint = "fsync", SetLastError = true)]
    private static partial int Sync(int descriptor);

    [LibraryImport("libc", EntryPoint = "close", SetLastError = true)]
    private static partial int Close(int descriptor);
}
