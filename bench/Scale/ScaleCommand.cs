using System.CommandLine;
using System.Globalization;
using Mesh.Bench.Load;
using Mesh.Bench.Load.Processes;

namespace Mesh.Bench.Scale;

/// <summary>The command line.</summary>
internal static class ScaleCommand
{
    private const int MostSidecars = 20_000;

    public static RootCommand Create()
    {
        var sidecars = new Option<string>("--sidecars")
        {
            Description = "How many, separated by commas; each number is measured by itself.",
            DefaultValueFactory = _ => "500,2000,5000",
        };
        var store = new Option<string>("--store") { Description = "memory, sqlite (a file in the temporary folder), or etcd (three members and three control planes on them).", DefaultValueFactory = _ => "memory" };
        var controlPlane = new Option<string?>("--control-plane") { Description = "Another executable of the control plane; default src/ControlPlane as built with this command." };
        var rounds = new Option<int>("--rounds") { Description = "How often a change is pushed to those concerned, and to all.", DefaultValueFactory = _ => 30 };
        var rest = new Option<double>("--rest") { Description = "For how many seconds the mesh at rest is looked at.", DefaultValueFactory = _ => 15 };
        var markdown = new Option<string?>("--markdown") { Description = "Writes the table to this file." };
        var command = new RootCommand("Measures what a control plane costs, and how fast it is, with thousands of simulated sidecars over real sockets.")
        {
            sidecars, store, controlPlane, rounds, rest, markdown,
        };
        command.SetAction(async (parsed, stop) =>
        {
            var numbers = parsed.GetValue(sidecars)!.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
            var counts = numbers.Select(number => int.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out var count) ? count : 0).ToArray();
            var fault = counts.Length == 0 || counts.Any(count => count is < 10 or > MostSidecars) ? $"--sidecars: each is a number of 10 to {MostSidecars}"
                : parsed.GetValue(store) is not ("memory" or "sqlite" or ScaleOptions.Etcd) ? "--store: is memory, sqlite or etcd"
                : null;
            if (fault is not null)
            {
                await Console.Error.WriteLineAsync(fault);
                return 2;
            }

            var options = new ScaleOptions
            {
                Sidecars = counts,
                Store = parsed.GetValue(store)!,
                ControlPlane = Path.GetFullPath(parsed.GetValue(controlPlane) ?? BuiltPrograms.ControlPlane),
                Rounds = Math.Clamp(parsed.GetValue(rounds), 1, 10_000),
                Rest = TimeSpan.FromSeconds(Math.Clamp(parsed.GetValue(rest), 1, 3600)),
                MarkdownFile = parsed.GetValue(markdown),
            };
            try
            {
                return await ScaleRun.RunAsync(options, stop);
            }
            catch (BenchFailedException failure)
            {
                await Console.Error.WriteLineAsync(failure.Message);
                return 1;
            }
        });
        return command;
    }
}
