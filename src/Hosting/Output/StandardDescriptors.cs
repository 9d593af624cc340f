using System.Runtime.InteropServices;

namespace Mesh.Hosting;

/// <summary>
/// The descriptors 0 to 2, which whoever starts a process may have closed. A connection that got one of these numbers would
/// be sent our log.
/// </summary>
internal static partial class StandardDescriptors
{
    private const int GetFlags = 1;
    private const int CloseOnExec = 1;
    private const int ReadWrite = 2;

    private static readonly bool[] Filled = new bool[3];

    /// <summary>Opens those that are closed on /dev/null.</summary>
    public static void Fill()
    {
        for (var descriptor = 0; !OperatingSystem.IsWindows() && descriptor <= 2; descriptor++)
        {
            if (Control(descriptor, GetFlags) < 0)
            {
                _ = Open("/dev/null", ReadWrite); // gets the lowest number that is free: this one
                Filled[descriptor] = true;
            }
        }
    }

    /// <summary>Whether whoever started us has given us none: what is written to it reaches nobody.</summary>
    public static bool WasClosed(int descriptor) => Filled[descriptor] || !IsOurs(descriptor);

    /// <summary>
    /// Whether it was given to us, or is /dev/null: the runtime has opened something before Main, which may have got a number
    /// that was closed. Then it is marked to be closed on exec, which no descriptor that outlived one can be.
    /// </summary>
    public static bool IsOurs(int descriptor) => (Control(descriptor, GetFlags) & CloseOnExec) == 0;

    [LibraryImport("libc", EntryPoint = "fcntl", SetLastError = true)]
    private static partial int Control(int descriptor, int command);

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Open(string path, int flags);
}
