using System.Globalization;
using System.Runtime.InteropServices;

namespace Mesh.Hosting;

/// <summary>
/// The pages of the executable and its libraries that are in memory. A start runs through code and tables that nobody needs again, and the
/// system maps 64 KiB where one page is touched: with a native executable that is most of what is resident. Linux alone knows how.
/// </summary>
public static partial class ImagePages
{
    private const string Mappings = "/proc/self/smaps";

    private const int DontNeed = 4; // MADV_DONTNEED

    /// <summary>
    /// Lets go of all that are as they are on disk. Nothing is read again for it: the pages stay in the system's cache, from where those that
    /// are needed come back by themselves, in less than a microsecond each. Any thread, while others run.
    /// </summary>
    /// <returns>How many bytes were let go of; 0 where that cannot be done.</returns>
    public static long Release()
    {
        if (!OperatingSystem.IsLinux())
        {
            return 0;
        }

        try
        {
            return Release(File.ReadLines(Mappings), static (start, length) => Advise((nint)start, (nuint)length, DontNeed) == 0);
        }
        catch (Exception unreadable) when (unreadable is IOException or UnauthorizedAccessException)
        {
            return 0; // no descriptor is left, say: then it stays as it is
        }
    }

    /// <param name="mappings">As in /proc/PID/smaps (proc_pid_smaps(5)).</param>
    /// <param name="release">Given start and length; returns whether it has.</param>
    internal static long Release(IEnumerable<string> mappings, Func<ulong, ulong, bool> release)
    {
        var released = 0L;
        var (start, length) = (0UL, 0UL);
        var resident = 0L;
        foreach (var line in mappings)
        {
            if (TryReadHeader(line, out var isImage, out var first, out var size))
            {
                (start, length, resident) = (first, isImage ? size : 0, 0);
            }
            else if (line.StartsWith("Rss:", StringComparison.Ordinal))
            {
                resident = Kilobytes(line) * 1024;
            }
            else if (line.StartsWith("Anonymous:", StringComparison.Ordinal))
            {
                // A page that differs from the file, such as one with a debugger's breakpoint, would be lost.
                if (length > 0 && resident > 0 && Kilobytes(line) == 0 && release(start, length))
                {
                    released += resident;
                }

                length = 0;
            }
        }

        return released;
    }

    /// <summary>"START-END PERMISSIONS OFFSET DEVICE INODE PATH". Of a file, and never written to, is what has a path and no w.</summary>
    private static bool TryReadHeader(string line, out bool isImage, out ulong start, out ulong length)
    {
        (isImage, start, length) = (false, 0, 0);
        var dash = line.IndexOf('-', StringComparison.Ordinal);
        var space = line.IndexOf(' ', StringComparison.Ordinal);
        if (dash <= 0 || space <= dash + 1 || space + 4 >= line.Length
            || !ulong.TryParse(line.AsSpan(0, dash), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out start)
            || !ulong.TryParse(line.AsSpan(dash + 1, space - dash - 1), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var end))
        {
            return false;
        }

        var permissions = line.AsSpan(space + 1, 4);
        isImage = permissions[0] == 'r' && permissions[1] == '-' && permissions[3] == 'p' && line.Contains(" /", StringComparison.Ordinal);
        length = end - start;
        return true;
    }

    /// <summary>"Rss:                 244 kB".</summary>
    private static long Kilobytes(string line)
    {
        var text = line.AsSpan(line.IndexOf(':', StringComparison.Ordinal) + 1).Trim();
        return text.EndsWith(" kB", StringComparison.Ordinal) && long.TryParse(text[..^3], NumberStyles.None, CultureInfo.InvariantCulture, out var kilobytes)
            ? kilobytes
            : 0;
    }

    [LibraryImport("libc", EntryPoint = "madvise")]
    private static partial int Advise(nint start, nuint length, int advice);
}
