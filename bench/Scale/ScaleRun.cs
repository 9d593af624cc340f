using System.Globalization;
using Mesh.Bench.Load;
using Mesh.Bench.Load.Processes;
using Mesh.Bench.Load.Reporting;

namespace Mesh.Bench.Scale;

/// <summary>Measures each mesh in turn and shows the table.</summary>
internal static class ScaleRun
{
    private static readonly string[] Columns =
    [
        "sidecars", "instances", "up s", "MB", "cores", "concerned", "p50 ms", "p99 ms", "all p50 ms", "all p99 ms", "registered s", "restart s", "MB after", "leases lost",
    ];

    private static readonly string[] SharedColumns = ["etcd cores", "one lost s"];

    private const string About =
        "Per row a control plane of its own. Memory and CPU at rest, with all leases renewed; push: from an instance's word that its "
        + "status is another until a sidecar has been told; restart: from kill -9 until every sidecar knows all it calls again and every instance is registered; registered: until the latter.";

    public static async Task<int> RunAsync(ScaleOptions options, CancellationToken stop)
    {
        var progress = new Progress();
        if (!BuiltPrograms.AreRelease)
        {
            progress.Say("this is a debug build; give -c Release for figures worth anything");
        }

        var isShared = options.Store == ScaleOptions.Etcd;
        var table = new Table(
            $"Control plane, {options.Store}, {Environment.ProcessorCount} cores with the simulated sidecars",
            About,
            [.. Columns, .. isShared ? SharedColumns : []]);
        foreach (var sidecars in options.Sidecars)
        {
            var result = await ScaleMeasurement.RunAsync(options, sidecars, progress, stop);
            table.Add([
                Text(sidecars), Text(result.Shape.Instances),
                Numbers.Figure(result.StartSeconds), Numbers.Megabytes(result.Memory), Numbers.Ratio(result.Cores),
                Text(result.Shape.Concerned), Percentile(result.Concerned, 0.5), Percentile(result.Concerned, 0.99),
                Percentile(result.Everyone, 0.5), Percentile(result.Everyone, 0.99),
                Numbers.Figure(result.RegisteredSeconds), Numbers.Figure(result.RestartSeconds), Numbers.Megabytes(result.MemoryAfter), Text(result.LeasesLost),
                .. isShared ? new[] { Numbers.Ratio(result.EtcdCores!.Value), Numbers.Figure(result.OneLostSeconds!.Value) } : []]);
        }

        Console.WriteLine(table);
        if (options.MarkdownFile is { } file)
        {
            await File.WriteAllTextAsync(file, table.ToString(), stop);
        }

        return 0;
    }

    private static string Text(long number) => number.ToString("N0", CultureInfo.InvariantCulture);

    /// <summary>Over all sidecars of all rounds.</summary>
    private static string Percentile(IReadOnlyList<PushRound> rounds, double part)
    {
        double[] all = [.. rounds.SelectMany(round => round.Latencies).Order()];
        return Numbers.Figure(all[Math.Min(all.Length - 1, (int)(all.Length * part))]);
    }
}
