using System.Globalization;
using Mesh.Cli.Load;
using Mesh.Cli.Output;

namespace Mesh.Cli.Demo;

/// <summary>The table at the end of a run: the load's calls by method.</summary>
internal static class Summary
{
    public static void Write(TextWriter output, IReadOnlyDictionary<CallKind, CallFigures> total)
    {
        output.WriteLine();
        TextTable.Write(
            output,
            ["CALL", "SHAPE", "CALLS", "FAILED", "P50 MS", "P99 MS"],
            total.Select(entry => (string[])
            [
                $"{Topology.Client} → {entry.Key.Service}/{entry.Key.Method}",
                entry.Key.Shape.ToString(),
                entry.Value.Calls.ToString(CultureInfo.InvariantCulture),
                entry.Value.Failures.ToString(CultureInfo.InvariantCulture),
                Milliseconds(entry.Value.Percentile(0.5)),
                Milliseconds(entry.Value.Percentile(0.99)),
            ]));
        output.WriteLine();
    }

    private static string Milliseconds(double value) =>
        double.IsNaN(value) ? "-" : value.ToString("0.0", CultureInfo.InvariantCulture);
}
