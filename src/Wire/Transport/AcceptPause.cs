namespace Mesh.Wire.Transport;

/// <summary>Why a listener takes no connections at present: they wait in the kernel's queue.</summary>
public enum AcceptPause
{
    /// <summary>It takes them.</summary>
    None,

    /// <summary>So few file descriptors are left as are kept back for others (<see cref="DescriptorReserve"/>), or none.</summary>
    Descriptors,

    /// <summary>The process has no memory for more (<see cref="Buffers.MemoryPressure.Spent"/>).</summary>
    Memory,
}
