namespace Mesh.Wire.Buffers;

/// <summary>How near a process is to the end of its memory, and so what is done about it; each step does what those before it do.</summary>
public enum MemoryPressure
{
    /// <summary>There is enough.</summary>
    None,

    /// <summary>From 70 % on: peers are lent less, and what is garbage is collected ("shrink_heap" in Envoy's words).</summary>
    Shrink,

    /// <summary>From 80 % on: no new calls ("stop_accepting_requests").</summary>
    Refuse,

    /// <summary>
    /// From 90 % on: no new connections ("stop_accepting_connections"), and a call for which more would have to be held ends
    /// ("reset_high_memory_stream").
    /// </summary>
    Spent,
}
