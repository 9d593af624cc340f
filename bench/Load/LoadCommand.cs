using System.CommandLine;
using Mesh.Bench.Load.Cases;
using Mesh.Bench.Load.Processes;
using Mesh.Bench.Load.Proxies;

namespace Mesh.Bench.Load;

/// <summary>The command line.</summary>
internal static class LoadCommand
{
    private static readonly string[] QuickCases = ["1x1", "50x1", "10x10", "10x10-10k"];

    public static RootCommand Create()
    {
        var cases = new Option<string[]>("--cases")
        {
            Description = $"What to measure, separated by commas; default all. Against the peers: {Names(KnownCases.All.Select(one => one.Name))}, "
                + $"{Names(Extra.All.Where(extra => extra.HasPeers).Select(extra => extra.Name))}. "
                + $"The sidecar alone: {Names(Extra.All.Where(extra => !extra.HasPeers).Select(extra => extra.Name))}.",
            AllowMultipleArgumentsPerToken = true,
        };
        var proxies = new Option<string[]>("--proxies")
        {
            Description = $"Who takes part, separated by commas; default all: {Names(ProxyCatalog.Names)}. What is not installed is left out.",
            AllowMultipleArgumentsPerToken = true,
        };
        var rounds = new Option<int?>("--rounds") { Description = "How often each proxy takes its turn at each case; default 5, at least 5 for figures to be quoted." };
        var seconds = new Option<double?>("--seconds") { Description = "How long one measurement lasts, about; default 1.5." };
        var pin = new Option<bool>("--pin") { Description = "The proxies on core 0, load and backend on core 1." };
        var sidecar = new Option<string?>("--sidecar") { Description = "Another executable of the sidecar, such as the native one; default src/Sidecar as built with this command." };
        var before = new Option<string?>("--before") { Description = "The executable of an earlier build of the sidecar, which takes part as a peer: what a change has gained or cost." };
        var policy = new Option<bool>("--policy") { Description = "The sidecar has a typical policy (route, split, rate limits, retries, circuits), and takes part without it as a peer: what policy costs." };
        var json = new Option<string?>("--json") { Description = "Writes everything measured, each round by itself, to this file." };
        var markdown = new Option<string?>("--markdown") { Description = "Writes the tables to this file." };
        var quick = new Option<bool>("--quick") { Description = $"Under a minute: {Names(QuickCases)}, 2 rounds of 0.4 s. Shows that all is in place; too short to quote." };
        var command = new RootCommand("Measures what the sidecar and other proxies cost per request, side by side, on this machine.")
        {
            cases, proxies, rounds, seconds, pin, sidecar, before, policy, json, markdown, quick,
        };
        command.SetAction(async (parsed, stop) =>
        {
            var isQuick = parsed.GetValue(quick);
            string[] all = [.. KnownCases.All.Select(one => one.Name), .. Extra.All.Select(extra => extra.Name)];
            var wanted = Split(parsed.GetValue(cases)) ?? (isQuick ? QuickCases : all);
            var takingPart = Split(parsed.GetValue(proxies)) ?? [.. ProxyCatalog.Names];
            var fault = Unknown("--cases", wanted, all) ?? Unknown("--proxies", takingPart, ProxyCatalog.Names);
            if (fault is not null)
            {
                await Console.Error.WriteLineAsync(fault);
                return 2;
            }

            var earlier = parsed.GetValue(before);
            var options = new LoadOptions
            {
                Cases = [.. KnownCases.All.Where(one => wanted.Contains(one.Name))],
                Extras = [.. Extra.All.Where(extra => wanted.Contains(extra.Name))],
                Proxies =
                [
                    .. ProxyCatalog.Names.Where(takingPart.Contains),
                    .. earlier is null ? Array.Empty<string>() : [ProxyCatalog.Before],
                    .. parsed.GetValue(policy) ? (string[])[ProxyCatalog.NoPolicy] : [],
                ],
                Rounds = Math.Clamp(parsed.GetValue(rounds) ?? (isQuick ? 2 : 5), 1, 1000),
                Duration = TimeSpan.FromSeconds(Math.Clamp(parsed.GetValue(seconds) ?? (isQuick ? 0.4 : 1.5), 0.1, 600)),
                WarmUp = TimeSpan.FromSeconds(isQuick ? 4 : 12),
                Pin = parsed.GetValue(pin),
                Sidecar = Path.GetFullPath(parsed.GetValue(sidecar) ?? BuiltPrograms.Sidecar),
                Before = earlier is null ? null : Path.GetFullPath(earlier),
                HasPolicy = parsed.GetValue(policy),
                JsonFile = parsed.GetValue(json),
                MarkdownFile = parsed.GetValue(markdown),
            };
            return await LoadRun.RunAsync(options, stop);
        });
        return command;
    }

    private static string Names(IEnumerable<string> names) => string.Join(", ", names);

    /// <summary>Null if nothing was said.</summary>
    private static string[]? Split(string[]? values) => values is not { Length: > 0 }
        ? null
        : [.. values.SelectMany(value => value.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)).Distinct()];

    private static string? Unknown(string option, IReadOnlyList<string> given, IReadOnlyList<string> known) =>
        given.Except(known).FirstOrDefault() is { } unknown ? $"{option}: there is no '{unknown}'; there are {Names(known)}" : null;
}
