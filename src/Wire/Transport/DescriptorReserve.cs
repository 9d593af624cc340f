using System.Runtime.InteropServices;

namespace Mesh.Wire.Transport;

/// <summary>
/// The file descriptors that listeners leave to others: whoever opens connections must not take those that the process needs for
/// its own, to endpoints, the control plane and whoever looks after it. The system gives out the lowest number that is free, so
/// that an accepted connection's number says how many are taken. Any thread.
/// </summary>
public sealed partial class DescriptorReserve
{
    private const int OpenFiles = 7; // RLIMIT_NOFILE
    private const int DuplicateCloseOnExec = 1030; // F_DUPFD_CLOEXEC

    /// <summary>The most that is kept back: connections to endpoints, a connection to each of some control planes, admin pages and files.</summary>
    private const int Most = 128;

    /// <summary>The least, where there are enough: a probe, a control plane and some endpoints.</summary>
    private const int Least = 16;

    private volatile int _first;

    private DescriptorReserve() => _first = FirstOf(Limit());

    /// <summary>Of this process.</summary>
    public static DescriptorReserve Process { get; } = new();

    /// <summary>How many this process may have open now.</summary>
    public static long OpenFilesLimit => Limit();

    /// <summary>How many are kept back where so many may be open: an eighth, but 16 at least and 128 at most, and never more than a quarter.</summary>
    public static int Of(long limit) => (int)Math.Min(Math.Clamp(limit / 8, Least, Most), limit / 4);

    /// <summary>Whether a descriptor that was just given out is one of those that are kept back.</summary>
    public bool Includes(int descriptor) => descriptor >= _first;

    /// <summary>Whether there are more than are kept back.</summary>
    /// <param name="any">An open descriptor.</param>
    public bool IsWhole(int any)
    {
        // Raised since we looked, as an operator may do; one that was lowered is not ours to judge.
        _first = Math.Max(_first, FirstOf(Limit()));
        var next = Control(any, DuplicateCloseOnExec, 0);
        if (next < 0)
        {
            return false;
        }

        _ = Close(next);
        return next < _first;
    }

    private static int FirstOf(long limit) => (int)Math.Min(limit - Of(limit), int.MaxValue);

    /// <summary>How many may be open at once.</summary>
    private static long Limit()
    {
        Span<ulong> limits = stackalloc ulong[2]; // in force, and what it may be raised to
        return OperatingSystem.IsLinux() && GetLimit(OpenFiles, limits) == 0 ? (long)Math.Min(limits[0], int.MaxValue) : int.MaxValue;
    }

    [LibraryImport("libc", EntryPoint = "getrlimit")]
    private static partial int GetLimit(int resource, Span<ulong> limits);

    [LibraryImport("libc", EntryPoint = "fcntl")]
    private static partial int Control(int descriptor, int command, int argument);

    [LibraryImport("libc", EntryPoint = "close")]
    private static partial int Close(int descriptor);
}
