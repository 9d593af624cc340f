using Mesh.Bench.Load.Reporting;
using Mesh.Bench.Traffic.Reporting;
using Mesh.Bench.Traffic.Rows;

namespace Mesh.Bench.Traffic;

/// <summary>Runs tables and prints them; the same options print the same.</summary>
internal static class TrafficRun
{
    /// <summary>All there are, by letter.</summary>
    public static readonly SortedDictionary<string, Func<Setup, RowResult>> Rows = new(StringComparer.Ordinal)
    {
        ["a"] = SlowEndpoint.Run,
        ["b"] = FailingEndpoint.Run,
        ["c"] = Amplification.Run,
        ["d"] = StallingEndpoint.Run,
        ["e"] = HashedKeys.Run,
        ["f"] = WeightedSplits.Run,
        ["h"] = LastingStreams.Run, // (g) is in real processes
    };

    /// <returns>The exit code: 1 if an aim is not met, unless only the figures are asked for.</returns>
    public static int Run(TrafficOptions options, TextWriter output)
    {
        var setup = new Setup(options.Seed, options.Share);
        var verdicts = new List<Verdict>();
        foreach (var letter in options.Rows)
        {
            var result = Rows[letter](setup);
            output.Write($"{result.Table}\n");
            verdicts.AddRange(result.Verdicts);
        }

        output.Write(Summary(options, verdicts));
        return options.IsReport || verdicts.TrueForAll(verdict => verdict.IsMet) ? 0 : 1;
    }

    private static Table Summary(TrafficOptions options, List<Verdict> verdicts)
    {
        var part = options.Share < 1 ? $", {options.Share:0.###} of the whole, which is what the aims are of" : "";
        var table = new Table("Aims", $"Seed {options.Seed}{part}.", "what", "figure", "aim", "met");
        foreach (var verdict in verdicts)
        {
            table.Add($"({verdict.Row}) {verdict.What}", verdict.Figure, verdict.Aim, verdict.IsMet ? "met" : "NOT MET");
        }

        return table;
    }
}
