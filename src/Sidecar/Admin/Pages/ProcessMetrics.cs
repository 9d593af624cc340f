using Mesh.Sidecar.Admin.Prometheus;
using Mesh.Sidecar.Readings;

namespace Mesh.Sidecar.Admin.Pages;

/// <summary>The families of /metrics about the process.</summary>
internal static class ProcessMetrics
{
    public static void Write(PrometheusWriter page, SidecarView view)
    {
        WriteProcess(page, view);
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
            ("service", view.Options.Service ?? ""),
            ("instance", view.Options.InstanceId));
    }

    private static void WriteProcess(PrometheusWriter page, SidecarView view)
    {
        page.Single("process_cpu_seconds_total", "counter", "CPU time.", Environment.CpuUsage.TotalTime.TotalSeconds);
        page.Single("process_start_time_seconds", "gauge", "Start of the process since 1970.", (view.Started - DateTimeOffset.UnixEpoch).TotalSeconds);
        // These are read from /proc, which cannot be without a descriptor; then above all the rest is wanted.
        if (Environment.WorkingSet is > 0 and var resident)
        {
            page.Single("process_resident_memory_bytes", "gauge", "Memory in use.", resident);
        }

        if (Threads() is > 0 and var threads)
        {
            page.Single("process_threads", "gauge", "Threads.", threads);
        }
    }

    private static int Threads()
    {
        try
        {
            return OperatingSystem.IsLinux() ? Directory.EnumerateDirectories("/proc/self/task").Count() : 0;
        }
        catch (Exception unreadable) when (unreadable is IOException or UnauthorizedAccessException)
        {
            return 0;
        }
    }
}
