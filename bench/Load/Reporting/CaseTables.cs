using Mesh.Bench.Load.Cases;
using Mesh.Bench.Load.Measuring;
using Mesh.Bench.Load.Proxies;

namespace Mesh.Bench.Load.Reporting;

/// <summary>The tables of the cases that proxies are compared at.</summary>
internal static class CaseTables
{
    /// <summary>The sidecar's cost as a ratio to each peer's, all cases at a glance.</summary>
    public static Table Summary(IReadOnlyList<Sample> samples, IReadOnlyList<LoadCase> cases, IReadOnlyList<string> proxies)
    {
        var peers = proxies.Where(name => name is not (ProxyCatalog.Sidecar or ProxyCatalog.Direct)).ToArray();
        var table = new Table(
            "Sidecar's CPU per request",
            "In µs, and as a ratio to each peer's: below 1 the sidecar is cheaper. Median of the ratios within each round.",
            ["case", "sidecar µs", .. peers.Select(peer => "/ " + peer)]);
        foreach (var load in cases)
        {
            var micros = Of(samples, load, ProxyCatalog.Sidecar).Select(sample => sample.CpuMicros).Median();
            table.Add([load.Name, Numbers.Figure(micros), .. peers.Select(peer => Numbers.Ratio(RatioTo(samples, load, peer)))]);
        }

        return table;
    }

    /// <summary>One case in full.</summary>
    public static Table Of(IReadOnlyList<Sample> samples, LoadCase load, IReadOnlyList<string> proxies)
    {
        string[] latency = load.HasLatency ? ["p50 µs", "p99 µs", "+p50", "+p99"] : [];
        var table = new Table(
            load.Name,
            load.About + ".",
            ["proxy", "CPU µs", "min", "max", "user", "system", "sidecar /", "requests/s", "backend", .. latency]);
        foreach (var proxy in proxies)
        {
            var own = Of(samples, load, proxy);
            var isDirect = proxy == ProxyCatalog.Direct;
            string Cpu(Func<IEnumerable<double>, double?> which, Func<Sample, double> value) =>
                Numbers.Figure(isDirect || own.Length == 0 ? null : which(own.Select(value)));
            table.Add(
            [
                proxy,
                Cpu(Numbers.Median, sample => sample.CpuMicros),
                Cpu(values => values.Min(), sample => sample.CpuMicros),
                Cpu(values => values.Max(), sample => sample.CpuMicros),
                Cpu(Numbers.Median, sample => sample.UserMicros),
                Cpu(Numbers.Median, sample => sample.SystemMicros),
                proxy is ProxyCatalog.Direct or ProxyCatalog.Sidecar ? "" : Numbers.Ratio(RatioTo(samples, load, proxy)),
                Numbers.Figure(own.Select(sample => sample.PerSecond).Median()),
                Numbers.Percent(own.Select(sample => sample.BackendBusy).Median()),
                .. load.HasLatency ? Latency(samples, load, proxy) : [],
            ]);
        }

        return table;
    }

    private static string[] Latency(IReadOnlyList<Sample> samples, LoadCase load, string proxy)
    {
        var own = Of(samples, load, proxy);
        return
        [
            Numbers.Figure(own.Select(sample => sample.P50).Known().Median()),
            Numbers.Figure(own.Select(sample => sample.P99).Known().Median()),
            .. proxy == ProxyCatalog.Direct
                ? (string[])["", ""]
                : [Added(samples, load, own, sample => sample.P50), Added(samples, load, own, sample => sample.P99)],
        ];
    }

    /// <summary>What is more than without a proxy in the same round.</summary>
    private static string Added(IReadOnlyList<Sample> samples, LoadCase load, Sample[] own, Func<Sample, double?> value) =>
        Numbers.Figure(own.Join(Of(samples, load, ProxyCatalog.Direct), one => one.Round, direct => direct.Round, (one, direct) => value(one) - value(direct)).Known().Median());

    private static double? RatioTo(IReadOnlyList<Sample> samples, LoadCase load, string peer) =>
        Of(samples, load, ProxyCatalog.Sidecar)
            .Join(Of(samples, load, peer), one => one.Round, other => other.Round, (one, other) => one.CpuMicros / other.CpuMicros)
            .Where(double.IsFinite)
            .Median();

    private static Sample[] Of(IReadOnlyList<Sample> samples, LoadCase load, string proxy) =>
        [.. samples.Where(sample => sample.Case == load.Name && sample.Proxy == proxy)];
}
