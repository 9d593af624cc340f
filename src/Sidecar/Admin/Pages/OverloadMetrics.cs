using Mesh.Sidecar.Admin.Prometheus;
using Mesh.Sidecar.Readings;
using Mesh.Sidecar.Terms;
using Mesh.Wire.Buffers;
using Mesh.Wire.Transport;

namespace Mesh.Sidecar.Admin.Pages;

/// <summary>The families of /metrics about what the process is short of, and what it does about that.</summary>
internal static class OverloadMetrics
{
    public static void Write(PrometheusWriter page, SidecarView view)
    {
        var memory = view.Memory;
        memory.Look();
        page.Single("mesh_memory_limit_bytes", "gauge", "What the managed heap may have: three quarters of --memory-limit or of the container's limit, or the machine's memory.", memory.Limit);
        page.Single("mesh_memory_used_bytes", "gauge", "What the managed heap needs of it now, garbage included, what is kept for reuse left out.", memory.Used);
        page.Family("mesh_overload_active", "gauge", "1 while memory is so short that this is done.");
        foreach (var step in (ReadOnlySpan<MemoryPressure>)[MemoryPressure.Shrink, MemoryPressure.Refuse, MemoryPressure.Spent])
        {
            page.Sample(memory.Pressure >= step ? 1 : 0, ("action", ActionOf(step)));
        }

        page.Family("mesh_overload_calls_total", "counter", "Calls that memory did not allow: refused at once, or ended since more would have had to be held.");
        page.Sample(memory.Refused, ("action", "refused"));
        page.Sample(memory.Ended, ("action", "ended"));
        page.Family("mesh_listener_paused", "gauge", "1 while the listener takes no connections for want of file descriptors or memory.");
        foreach (var listener in view.Listeners)
        {
            page.Sample(listener.Pause == AcceptPause.None ? 0 : 1, ("listener", listener.Name));
        }

        page.Family("mesh_listener_pauses_total", "counter", "How often the listener has begun to take no connections.");
        foreach (var listener in view.Listeners)
        {
            foreach (var reason in (ReadOnlySpan<AcceptPause>)[AcceptPause.Descriptors, AcceptPause.Memory])
            {
                page.Sample(listener.PausesFor(reason), ("listener", listener.Name), ("reason", Words.Of(reason)));
            }
        }
    }

    /// <summary>As Envoy calls them.</summary>
    private static string ActionOf(MemoryPressure step) => step switch
    {
        MemoryPressure.Shrink => "shrink_heap",
        MemoryPressure.Refuse => "stop_accepting_requests",
        _ => "stop_accepting_connections",
    };
}
