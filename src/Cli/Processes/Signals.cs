using System.Diagnostics;
using System.Runtime.InteropServices;

namespace Mesh.Cli.Processes;

/// <summary>What <see cref="Process"/> has no word for: ending a program in good order.</summary>
internal static class Signals
{
    private const int Sigterm = 15;

    /// <summary>SIGTERM where there is such a thing; elsewhere the process is killed.</summary>
    public static void Terminate(Process process)
    {
        if (OperatingSystem.IsWindows())
        {
            process.Kill();
        }
        else
        {
            // It may have ended meanwhile; then there is nobody to tell.
            _ = Kill(process.Id, Sigterm);
        }
    }

    [DllImport("libc", EntryPoint = "kill")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Kill(int pid, int signal);
}
