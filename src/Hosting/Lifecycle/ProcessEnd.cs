using System.Diagnostics.CodeAnalysis;
using System.Runtime.InteropServices;

namespace Mesh.Hosting;

/// <summary>Ends the process without the runtime's orderly end, whose handlers may be what hangs.</summary>
internal static partial class ProcessEnd
{
    [DoesNotReturn]
    public static void Now(int exitCode)
    {
        if (!OperatingSystem.IsWindows())
        {
            Exit(exitCode);
        }

        Environment.Exit(exitCode);
    }

    // partial: the marshalling is generated.
    [LibraryImport("libc", EntryPoint = "_exit")]
    private static partial void Exit(int status);
}
