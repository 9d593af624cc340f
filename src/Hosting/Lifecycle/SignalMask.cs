using System.Runtime.InteropServices;

namespace Mesh.Hosting;

/// <summary>
/// The signals that a thread does not take. A process inherits them from the one that started it, and one that had blocked
/// SIGTERM (around a fork, or for a sigwait(3) of its own) would leave us deaf to it.
/// </summary>
internal static partial class SignalMask
{
    /// <summary>More than any system's sigset_t.</summary>
    private const int SetSize = 256;

    private static readonly int Replace = OperatingSystem.IsLinux() ? 2 : 3;

    /// <summary>
    /// Has the calling thread, and those that it starts from now on, take all signals. One thread that does is enough for the
    /// process, as long as it lives: call it on the main thread.
    /// </summary>
    public static void Clear()
    {
        if (!OperatingSystem.IsWindows())
        {
            _ = SetMask(Replace, stackalloc byte[SetSize], 0);
        }
    }

    [LibraryImport("libc", EntryPoint = "pthread_sigmask")]
    private static partial int SetMask(int how, ReadOnlySpan<byte> signals, nint before);
}
