using System.ComponentModel;
using System.Globalization;
using System.Runtime.InteropServices;

namespace Mesh.Hosting;

/// <summary>
/// Ends this process when the one that started it is gone, however it went, so that a demo or a test that is killed
/// leaves nothing behind. Internal to the project: it is asked for with the variable MESH_PARENT_PID.
/// </summary>
/// <remarks>
/// The parent is watched by process, through a pidfd on Linux (pidfd_open(2)). PR_SET_PDEATHSIG would be simpler, but it
/// fires at the end of the thread that forked (prctl(2)), and the thread pool ends idle threads.
/// </remarks>
public static partial class ParentWatch
{
    /// <summary>Names the process to watch, by its id.</summary>
    public const string Variable = "MESH_PARENT_PID";

    private const nint PidfdOpen = 434; // The same on every architecture, as are all system calls since 5.1.
    private const short PollIn = 1;
    private const int InterruptedCall = 4;

    /// <summary>Starts to watch, if the variable says so. Call it once, first thing in Main.</summary>
    public static void Start()
    {
        if (!int.TryParse(Environment.GetEnvironmentVariable(Variable), NumberStyles.None, CultureInfo.InvariantCulture, out var parent))
        {
            return;
        }

        var pidfd = OperatingSystem.IsLinux() ? (int)SystemCall(PidfdOpen, parent, 0) : -1;
        // A thread of its own: the wait blocks for the life of the process.
        new Thread(() => Watch(parent, pidfd)) { IsBackground = true, Name = "parent watch" }.Start();
    }

    private static void Watch(int parent, int pidfd)
    {
        if (pidfd < 0 || !WaitForExit(pidfd))
        {
            WaitForExitByPolling(parent);
        }

        ProcessEnd.Now(1);
    }

    private static bool WaitForExit(int pidfd)
    {
        var poll = new PollDescriptor { Descriptor = pidfd, Events = PollIn };
        while (true)
        {
            var ready = Poll(ref poll, 1, -1);
            if (ready > 0)
            {
                return true;
            }

            if (ready < 0 && Marshal.GetLastPInvokeError() != InterruptedCall)
            {
                return false;
            }
        }
    }

    private static void WaitForExitByPolling(int parent)
    {
        try
        {
            using var process = System.Diagnostics.Process.GetProcessById(parent);
            process.WaitForExit();
        }
        catch (Exception gone) when (gone is ArgumentException or InvalidOperationException or Win32Exception)
        {
            // There is no such process, or none we may watch: either way it is not our parent any more.
        }
    }

    [StructLayout(LayoutKind.Sequential)]
    private struct PollDescriptor
    {
        public int Descriptor;
        public short Events;
        public short ReturnedEvents;
    }

    [LibraryImport("libc", EntryPoint = "syscall", SetLastError = true)]
    private static partial nint SystemCall(nint number, nint processId, nint flags);

    [LibraryImport("libc", EntryPoint = "poll", SetLastError = true)]
    private static partial int Poll(ref PollDescriptor descriptors, nuint count, int timeoutMilliseconds);
}
