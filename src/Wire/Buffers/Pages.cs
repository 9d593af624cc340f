using System.Runtime.InteropServices;

namespace Mesh.Wire.Buffers;

/// <summary>The pages of memory that lie behind bytes nobody needs.</summary>
internal static unsafe partial class Pages
{
    private const int DontNeed = 4;

    /// <summary>4 KiB on most machines.</summary>
    public static readonly int Size = Environment.SystemPageSize;

    /// <summary>
    /// Gives the pages that lie in this range as a whole back to the system, which makes new ones, full of zeros, when it is
    /// next written to. The collector has no part in it: the bytes stay in its heap, and only its own headers matter to it.
    /// Where the system knows no such call the pages stay.
    /// </summary>
    /// <param name="pinned">Pinned for good.</param>
    /// <param name="start">Of the range.</param>
    /// <param name="length">Of the range.</param>
    public static void Drop(byte[] pinned, int start, int length)
    {
        if (!OperatingSystem.IsLinux())
        {
            return;
        }

        var from = (nuint)Marshal.UnsafeAddrOfPinnedArrayElement(pinned, start);
        var first = (from + (nuint)Size - 1) & ~((nuint)Size - 1);
        var end = (from + (nuint)length) & ~((nuint)Size - 1);
        if (end > first)
        {
            _ = Advise((void*)first, end - first, DontNeed); // if it fails, the pages stay
        }
    }

    /// <summary>The first place in a pinned array, from the given one on, where a page begins.</summary>
    public static int Align(byte[] pinned, int start)
    {
        var address = (nuint)Marshal.UnsafeAddrOfPinnedArrayElement(pinned, start);
        return start + (int)(((nuint)Size - (address & ((nuint)Size - 1))) & ((nuint)Size - 1));
    }

    [LibraryImport("libc", EntryPoint = "madvise")]
    private static partial int Advise(void* address, nuint length, int advice);
}
