using System.Globalization;
using Google.Protobuf.WellKnownTypes;
using Mesh.V1;

namespace Mesh.Cli.Output;

/// <summary>A staged rollout: where it stands and why in lines, and what both sides have seen in a table.</summary>
internal static class RolloutTables
{
    public static void Write(TextWriter output, string subject, Rollout rollout)
    {
        output.WriteLine(PrintableText.Of($"{subject}: version {rollout.Version} {State(rollout)}"));
        output.WriteLine(PrintableText.Of($"  {rollout.Why}"));
        output.WriteLine();
        TextTable.Write(output, ["SIDE", "SIDECARS", "CALLS", "FAILURES", "P50", "P99"], [Row("canary", rollout.Canary), Row("others", rollout.Others)]);
    }

    private static string State(Rollout rollout) => rollout.State switch
    {
        Rollout.Types.State.UnderWay =>
            $"is tried out on {rollout.Staging?.Percent.ToString("0.###", CultureInfo.InvariantCulture)}% of the sidecars since {Time(rollout.StartTime)}, aborted if {rollout.Staging?.AbortIf}",
        Rollout.Types.State.Promoted => $"was promoted at {Time(rollout.EndTime)}",
        Rollout.Types.State.Aborted => $"was aborted at {Time(rollout.EndTime)}",
        _ => "is in a state that this meshctl does not know",
    };

    private static string[] Row(string side, RolloutFigures? figures) =>
    [
        side,
        (figures?.Sidecars ?? 0).ToString(CultureInfo.InvariantCulture),
        (figures?.Calls ?? 0).ToString(CultureInfo.InvariantCulture),
        (figures?.Failures ?? 0).ToString(CultureInfo.InvariantCulture),
        Latency(figures?.P50),
        Latency(figures?.P99),
    ];

    private static string Time(Timestamp? time) => time is null ? "-" : ConfigTables.Time(time);

    private static string Latency(Duration? time) =>
        time is null ? "-" : string.Create(CultureInfo.InvariantCulture, $"{(time.Seconds * 1000.0) + (time.Nanos / 1e6):0.##}ms");
}
