using System.ComponentModel;
using System.Runtime.InteropServices;

namespace Mesh.Integration.Processes;

/// <summary>
/// How many file descriptors a process may have. The system's limit is one of numbers: a descriptor gets the lowest that is
/// free, and it must be below the limit. Linux only.
/// </summary>
internal sealed class DescriptorLimit
{
    /// <summary>What a sidecar that is not native needs to survive this (docs/adr/0010).</summary>
    public static readonly IReadOnlyDictionary<string, string> Environment =
        new Dictionary<string, string> { ["DOTNET_TieredCompilation"] = "0" };

    private const int RlimitNoFile = 7;

    private readonly MeshProcess _process;
    private readonly int _limit;

    private DescriptorLimit(MeshProcess process, int limit)
    {
        _process = process;
        _limit = limit;
    }

    /// <summary>There is none left, but for a number that <see cref="Leave"/> may have counted too much.</summary>
    public bool IsReached
    {
        get
        {
            var taken = _process.Descriptors;
            return Enumerable.Range(0, _limit).Count(number => !taken.Contains(number)) <= 1;
        }
    }

    /// <summary>Leaves it so many numbers, from 1, one of which may be taken although it is not shown: by an open that waits.</summary>
    public static DescriptorLimit Leave(MeshProcess process, int count)
    {
        var taken = process.Descriptors;
        var limit = 1 + Enumerable.Range(0, int.MaxValue).Where(number => !taken.Contains(number)).ElementAt(count - 1);
        Set(process.Id, _ => (ulong)limit);
        return new DescriptorLimit(process, limit);
    }

    /// <summary>Lets it have as many as it likes.</summary>
    public void Lift() => Set(_process.Id, hard => hard);

    /// <summary>Sets the soft limit, from the hard one, which stays.</summary>
    private static void Set(int processId, Func<ulong, ulong> soft)
    {
        if (PrLimit(processId, RlimitNoFile, IntPtr.Zero, out var before) != 0)
        {
            throw new Win32Exception();
        }

        var limit = new ResourceLimit { Soft = soft(before.Hard), Hard = before.Hard };
        if (PrLimit(processId, RlimitNoFile, ref limit, IntPtr.Zero) != 0)
        {
            throw new Win32Exception();
        }
    }

    [DllImport("libc", EntryPoint = "prlimit", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int PrLimit(int processId, int resource, ref ResourceLimit limit, IntPtr old);

    [DllImport("libc", EntryPoint = "prlimit", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int PrLimit(int processId, int resource, IntPtr limit, out ResourceLimit old);

    [StructLayout(LayoutKind.Sequential)]
    private struct ResourceLimit
    {
        public ulong Soft;
        public ulong Hard;
    }
}
