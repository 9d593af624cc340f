using System.ComponentModel;
using System.Diagnostics;
using Mesh.Sidecar.Admin.Prometheus;
using Mesh.Sidecar.Options;

namespace Mesh.Sidecar.Admin.Pages;

/// <summary>The families of /metrics about the process.</summary>
internal static class ProcessMetrics
{
    public static void Write(PrometheusWriter page, SidecarOptions options)
    {
        WriteProcess(page);
        page.Family("dotnet_gc_collections_total", "counter", "Collections by generation.");
        for (var generation = 0; generation <= GC.MaxGeneration; generation++)
        {
            page.Sample(GC.CollectionCount(generation), ("generation", generation.ToString(System.Globalization.CultureInfo.InvariantCulture)));
        }

        page.Single("dotnet_gc_heap_bytes", "gauge", "Managed memory in use.", GC.GetTotalMemory(forceFullCollection: false));
        page.Single("dotnet_gc_allocated_bytes_total", "counter", "Managed memory allocated so far.", GC.GetTotalAllocatedBytes());
        page.Single("dotnet_gc_pause_seconds_total", "counter", "Time in which collections stopped the process.", GC.GetTotalPauseDuration().TotalSeconds);
        page.Single("dotnet_monitor_lock_contentions_total", "counter", "How often a thread had to wait for a lock.", Monitor.LockContentionCount);
        page.Family("mesh_build_info", "gauge", "1; the labels say what runs.");
        page.Sample(
            1,
            ("version", typeof(ProcessMetrics).Assembly.GetName().Version?.ToString(3) ?? ""),
            ("service", options.Service ?? ""),
            ("instance", options.InstanceId));
    }

    private static void WriteProcess(PrometheusWriter page)
    {
        try
        {
            using var process = Process.GetCurrentProcess();
            page.Single("process_cpu_seconds_total", "counter", "CPU time.", process.TotalProcessorTime.TotalSeconds);
            page.Single("process_resident_memory_bytes", "gauge", "Memory in use.", process.WorkingSet64);
            page.Single("process_threads", "gauge", "Threads.", process.Threads.Count);
            page.Single(
                "process_start_time_seconds", "gauge", "Start of the process since 1970.",
                (process.StartTime.ToUniversalTime() - DateTime.UnixEpoch).TotalSeconds);
        }
        catch (Exception e) when (e is InvalidOperationException or Win32Exception or IOException or UnauthorizedAccessException)
        {
            // They are files of /proc, which cannot be opened without a descriptor; then above all the rest is wanted.
        }
    }
}
