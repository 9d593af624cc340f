using System.Runtime.InteropServices;

namespace Mesh.Integration.Processes;

/// <summary>
/// A file whose opening by others blocks, as on a file system that does not answer: until it is disposed, or as long as the system's
/// lease-break-time says, 45 s. Linux.
/// </summary>
internal sealed partial class HeldFile : IDisposable
{
    private const int SetSignal = 10, SetLease = 1024, WriteLock = 1;

    // Tells of those who wait, and is ignored by default; the usual one would end us.
    private const int Urgent = 23;

    private readonly FileStream _file;

    public HeldFile(string path)
    {
        _file = new FileStream(path, FileMode.Create, FileAccess.ReadWrite);
        var descriptor = (int)_file.SafeFileHandle.DangerousGetHandle();
        Assert.Equal((0, 0), (Control(descriptor, SetSignal, Urgent), Control(descriptor, SetLease, WriteLock)));
    }

    /// <summary>Somebody is opening it.</summary>
    public bool IsWaitedFor => File.ReadLines("/proc/locks").Any(line =>
        line.Contains(" BREAKING ", StringComparison.Ordinal) && line.Contains($" {Environment.ProcessId} ", StringComparison.Ordinal));

    public void Dispose()
    {
        _file.Dispose();
        File.Delete(_file.Name);
    }

    // partial: the marshalling is generated.
    [LibraryImport("libc", EntryPoint = "fcntl")]
    private static partial int Control(int descriptor, int command, int argument);
}
