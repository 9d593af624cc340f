using System.CommandLine;

namespace Mesh.Bench.Traffic;

/// <summary>The command line.</summary>
internal static class TrafficCommand
{
    public static RootCommand Create()
    {
        var rows = new Option<string>("--rows")
        {
            Description = "The tables by their letters, separated by commas.",
            DefaultValueFactory = _ => string.Join(',', TrafficRun.Rows.Keys),
        };
        var seed = new Option<ulong>("--seed") { Description = "Of all chance: the same seed prints the same tables.", DefaultValueFactory = _ => 1 };
        var share = new Option<double>("--share") { Description = "Of the time that the whole takes, above 0 and up to 1: for a first look.", DefaultValueFactory = _ => 1 };
        var report = new Option<bool>("--report") { Description = "Exit with 0 whatever the figures; otherwise 1 says that an aim is not met." };
        var command = new RootCommand("Proves the traffic policies: callers, the sidecar's own path of calls and scripted servers, in memory and on a virtual clock.")
        {
            rows, seed, share, report,
        };
        command.SetAction(async parsed =>
        {
            var letters = parsed.GetValue(rows)!.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
            var fault = letters.Length == 0 || letters.Any(letter => !TrafficRun.Rows.ContainsKey(letter)) ? $"--rows: each is one of {string.Join(", ", TrafficRun.Rows.Keys)}"
                : parsed.GetValue(share) is not (> 0 and <= 1) ? "--share: is above 0 and up to 1"
                : null;
            if (fault is not null)
            {
                await Console.Error.WriteLineAsync(fault);
                return 2;
            }

            return TrafficRun.Run(
                new TrafficOptions { Rows = letters, Seed = parsed.GetValue(seed), Share = parsed.GetValue(share), IsReport = parsed.GetValue(report) },
                Console.Out);
        });
        return command;
    }
}
