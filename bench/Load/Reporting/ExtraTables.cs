using Mesh.Bench.Load.Cases;
using Mesh.Bench.Load.Measuring;

namespace Mesh.Bench.Load.Reporting;

/// <summary>The tables of what is measured beside the cases.</summary>
internal static class ExtraTables
{
    public static Table Starts(IReadOnlyList<StartSample> samples)
    {
        var table = new Table(
            "Start and memory",
            "Fresh processes. Start: to the first answer to a call, in ms. Memory in MB: 1.5 s after that, and while carrying 10x10; RSS is what is resident, PSS counts shared pages by their share.",
            "proxy", "start ms", "min", "max", "idle RSS", "idle PSS", "loaded RSS", "loaded PSS");
        foreach (var proxy in samples.GroupBy(sample => sample.Proxy))
        {
            table.Add(
                proxy.Key,
                Numbers.Figure(proxy.Select(one => one.Milliseconds).Median()),
                Numbers.Figure(proxy.Min(one => one.Milliseconds)),
                Numbers.Figure(proxy.Max(one => one.Milliseconds)),
                Numbers.Megabytes(proxy.Select(one => (double)one.Idle.Rss).Median()),
                Numbers.Megabytes(proxy.Select(one => (double)one.Idle.Pss).Median()),
                Numbers.Megabytes(proxy.Select(one => (double)one.Loaded.Rss).Median()),
                Numbers.Megabytes(proxy.Select(one => (double)one.Loaded.Pss).Median()));
        }

        return table;
    }

    public static Table Idle(IReadOnlyList<IdleSample> samples)
    {
        var table = new Table(
            "Idle connections",
            Extra.Idle.About + ". PSS in MB, and what each connection adds. The kernel's own memory for sockets is not in it, and is the same for all.",
            "proxy", "connections", "without", "with", "KB each");
        foreach (var one in samples)
        {
            table.Add(
                one.Proxy,
                one.Connections.ToString("N0", System.Globalization.CultureInfo.InvariantCulture),
                Numbers.Megabytes(one.Before.Pss),
                Numbers.Megabytes(one.After.Pss),
                Numbers.Figure(one.BytesPerConnection / 1024));
        }

        return table;
    }

    public static Table Allocations(IReadOnlyList<AllocationSample> samples)
    {
        var table = new Table(
            "Allocations",
            "Managed memory the warm sidecar allocated over calls of a case, and over as long a time without calls; how often a thread of it waited for a lock during the calls.",
            "case", "loops", "calls", "bytes", "without calls", "bytes per call", "lock waits");
        foreach (var sample in samples)
        {
            table.Add(
                sample.Case,
                sample.Loops.ToString(System.Globalization.CultureInfo.InvariantCulture),
                sample.Calls.ToString("N0", System.Globalization.CultureInfo.InvariantCulture),
                Numbers.Figure(sample.Bytes),
                Numbers.Figure(sample.BackgroundBytes),
                Numbers.Figure(sample.BytesPerCall),
                sample.LockContentions.ToString("N0", System.Globalization.CultureInfo.InvariantCulture));
        }

        return table;
    }

    /// <summary>The sidecar against itself: the ratio is to the smallest member.</summary>
    public static Table Series(Extra series, IReadOnlyList<Sample> samples)
    {
        var table = new Table(
            series.Name,
            $"The sidecar alone: {series.About}. Calls of 100 bytes.",
            "sidecar with", "CPU µs", "min", "max", "/ first", "requests/s", "backend");
        var members = samples.GroupBy(sample => sample.Proxy).ToArray();
        foreach (var member in members)
        {
            var ratio = member.Join(members[0], one => one.Round, first => first.Round, (one, first) => one.CpuMicros / first.CpuMicros).Median();
            table.Add(
                member.Key,
                Numbers.Figure(member.Select(one => one.CpuMicros).Median()),
                Numbers.Figure(member.Min(one => one.CpuMicros)),
                Numbers.Figure(member.Max(one => one.CpuMicros)),
                Numbers.Ratio(ratio),
                Numbers.Figure(member.Select(one => one.PerSecond).Median()),
                Numbers.Percent(member.Select(one => one.BackendBusy).Median()));
        }

        return table;
    }
}
