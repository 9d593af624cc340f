using System.CommandLine;
using Mesh.Bench.Load;
using Mesh.Bench.Load.Processes;
using Mesh.Bench.Traffic.Rolling;

namespace Mesh.Bench.Traffic;

/// <summary>The command line.</summary>
internal static class TrafficCommand
{
    /// <summary>While one is away, one of the others may still fail without the service being gone.</summary>
    private const int Instances = 3;

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
        var rolling = new Option<bool>("--rolling") { Description = "Instead of the tables, (g): every instance of a service is restarted under load, in real processes." };
        var calls = new Option<int>("--calls") { Description = "With --rolling: over each protocol, at the least.", DefaultValueFactory = _ => 100_000 };
        var rate = new Option<int>("--rate") { Description = "With --rolling: calls a second.", DefaultValueFactory = _ => 1_000 };
        var sidecar = new Option<string?>("--sidecar") { Description = "With --rolling: another executable of the sidecar, such as the native one." };
        var command = new RootCommand("Proves the traffic policies: callers, the sidecar's own path of calls and scripted servers, in memory and on a virtual clock.")
        {
            rows, seed, share, report, rolling, calls, rate, sidecar,
        };
        command.SetAction(async (parsed, stop) =>
        {
            var letters = parsed.GetValue(rows)!.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
            var fault = letters.Length == 0 || letters.Any(letter => !TrafficRun.Rows.ContainsKey(letter)) ? $"--rows: each is one of {string.Join(", ", TrafficRun.Rows.Keys)}"
                : parsed.GetValue(share) is not (> 0 and <= 1) ? "--share: is above 0 and up to 1"
                : parsed.GetValue(calls) is < 1 or > 10_000_000 ? "--calls: is 1 to 10000000"
                : parsed.GetValue(rate) is < 1 or > 5_000 ? "--rate: is 1 to 5000"
                : null;
            if (fault is not null)
            {
                await Console.Error.WriteLineAsync(fault);
                return 2;
            }

            if (parsed.GetValue(rolling))
            {
                return await RollAsync(
                    new RollingOptions
                    {
                        Calls = parsed.GetValue(calls),
                        Rate = parsed.GetValue(rate),
                        Instances = Instances,
                        Sidecar = Path.GetFullPath(parsed.GetValue(sidecar) ?? BuiltPrograms.Sidecar),
                        IsReport = parsed.GetValue(report),
                    },
                    stop);
            }

            return TrafficRun.Run(
                new TrafficOptions { Rows = letters, Seed = parsed.GetValue(seed), Share = parsed.GetValue(share), IsReport = parsed.GetValue(report) },
                Console.Out);
        });
        return command;
    }

    private static async Task<int> RollAsync(RollingOptions options, CancellationToken stop)
    {
        try
        {
            return await RollingRun.RunAsync(options, Console.Out, stop);
        }
        catch (BenchFailedException failure)
        {
            await Console.Error.WriteLineAsync(failure.Message);
            return 1;
        }
    }
}
