using System.Globalization;
using System.Text;
using Mesh.Bench.Load.Cases;

namespace Mesh.Bench.Load.Reporting;

/// <summary>A report as text, for the terminal and for a Markdown file alike.</summary>
internal static class ReportText
{
    public static string Of(LoadReport report, IReadOnlyList<LoadCase> cases)
    {
        var text = new StringBuilder();
        AppendHead(text, report);
        var proxies = report.Participants.Where(one => one.Missing is null).Select(one => one.Name).ToArray();
        if (report.Samples.Count > 0)
        {
            text.Append(CaseTables.Summary(report.Samples, cases, proxies)).Append('\n');
            foreach (var load in cases)
            {
                text.Append(CaseTables.Of(report.Samples, load, proxies)).Append('\n');
            }
        }

        if (report.Starts.Count > 0)
        {
            text.Append(ExtraTables.Starts(report.Starts)).Append('\n');
        }

        if (report.Idle.Count > 0)
        {
            text.Append(ExtraTables.Idle(report.Idle)).Append('\n');
        }

        if (report.Allocations.Count > 0)
        {
            text.Append(ExtraTables.Allocations(report.Allocations)).Append('\n');
        }

        foreach (var series in Extra.All.Where(extra => report.Series.ContainsKey(extra.Name)))
        {
            text.Append(ExtraTables.Series(series, report.Series[series.Name])).Append('\n');
        }

        return text.ToString();
    }

    private static void AppendHead(StringBuilder text, LoadReport report)
    {
        var machine = report.Machine;
        text.Append(CultureInfo.InvariantCulture, $"""
            - {machine.Date}: `{machine.Command}`
            - {machine.Cores} cores, {machine.Cpu}, Linux {machine.Kernel}, .NET {machine.DotNet}; load average before the run {machine.LoadAverage}
            - {report.Rounds} rounds of {report.Seconds} s, {(report.Pinned ? "proxy on core 0, load and backend on core 1" : "not pinned")}; load by {report.Generator}

            """);
        foreach (var one in report.Participants)
        {
            text.Append(CultureInfo.InvariantCulture, $"- {one.Name}: {one.Version ?? one.Missing}\n");
        }

        if (report.Exports > 0)
        {
            text.Append(CultureInfo.InvariantCulture, $"- collector: {report.Exports} requests with the sidecar's spans and metrics\n");
        }

        foreach (var failure in report.Failures)
        {
            text.Append(CultureInfo.InvariantCulture, $"- not measured: {failure}\n");
        }

        text.Append('\n');
    }
}
