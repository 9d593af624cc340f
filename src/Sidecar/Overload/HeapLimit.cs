namespace Mesh.Sidecar.Overload;

/// <summary>What the collector's heap may have of the memory that a process may take.</summary>
internal static class HeapLimit
{
    /// <summary>The collector works with what is garbage already and what is not yet: 4 MiB of new objects, and some of them older.</summary>
    private const long Room = 6L << 20;

    /// <summary>
    /// In bytes, without what the collector needs to work. The runtime gives the heap three quarters of a container's limit, so that code, stacks and the kernel's part have a
    /// place; the same is made of an option. Where neither is there it is the machine's memory.
    /// </summary>
    /// <param name="option">What the process may take; null if nobody says.</param>
    public static long Of(long? option)
    {
        // The container's, DOTNET_GCHeapHardLimit's or the machine's, whichever is in force.
        var inForce = GC.GetGCMemoryInfo().TotalAvailableMemoryBytes;
        return (option is { } bytes ? Math.Min(inForce, bytes / 4 * 3) : inForce) - Room;
    }
}
