using System.Runtime.InteropServices;

namespace Mesh.Integration.Processes;

/// <summary>Starts processes that inherit a mask which blocks every signal, as some supervisors leave theirs.</summary>
internal static class Blocked
{
    private const int SetSize = 256;
    private static readonly int Replace = OperatingSystem.IsLinux() ? 2 : 3;

    /// <param name="start">Called on a thread that is gone afterwards, and the mask with it.</param>
    public static MeshProcess Start(Func<MeshProcess> start)
    {
        MeshProcess? process = null;
        var thread = new Thread(() =>
        {
            var all = new byte[SetSize];
            all.AsSpan().Fill(byte.MaxValue);
            Assert.Equal(0, SetMask(Replace, all, 0));
            process = start();
        });
        thread.Start();
        thread.Join();
        return process!;
    }

    [DllImport("libc", EntryPoint = "pthread_sigmask")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int SetMask(int how, byte[] signals, nint before);
}
