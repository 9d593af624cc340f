using System.Collections.Concurrent;
using System.Diagnostics;
using System.Text.RegularExpressions;
using Mesh.Tests;

namespace Mesh.Integration.Deploy;

/// <summary>What a program says of itself by --help: the truth of what it takes.</summary>
internal sealed partial class ProgramHelp
{
    private static readonly Dictionary<string, string> Projects = new()
    {
        ["mesh-control-plane"] = "ControlPlane",
        ["mesh-sidecar"] = "Sidecar",
        ["mesh-demo"] = "DemoServices",
        ["meshctl"] = "Cli",
    };

    private static readonly ConcurrentDictionary<string, ProgramHelp?> Known = new();

    private ProgramHelp(string text)
    {
        Options = Option().Matches(text).Select(match => match.Value).ToHashSet();
        Variables = Variable().Matches(text).Select(match => match.Value).ToHashSet();
        Values = Choice().Matches(text).SelectMany(match => match.Groups[1].Value.Split('|')).ToHashSet();
        Verbs = Verb().Matches(text).Select(match => match.Groups[1].Value).ToHashSet();
    }

    public IReadOnlySet<string> Options { get; }

    public IReadOnlySet<string> Variables { get; }

    /// <summary>Words that are offered as a choice, &lt;a|b&gt;.</summary>
    public IReadOnlySet<string> Values { get; }

    public IReadOnlySet<string> Verbs { get; }

    public static string Root => RepositoryRoot.Path;

    /// <summary>Null if there is no such program, or no such verb of it.</summary>
    public static ProgramHelp? Of(string program, string? verb = null) =>
        Known.GetOrAdd($"{program} {verb}".Trim(), _ => Ask(program, verb));

    private static ProgramHelp? Ask(string program, string? verb)
    {
        if (!Projects.TryGetValue(program, out var project))
        {
            return null;
        }

        var file = Path.Combine(Root, "artifacts", "bin", project, new DirectoryInfo(AppContext.BaseDirectory).Name, program);
        string[] arguments = verb is null ? ["--help"] : [verb, "--help"];
        using var process = Process.Start(new ProcessStartInfo(file, arguments) { RedirectStandardOutput = true })!;
        var text = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return process.ExitCode == 0 ? new ProgramHelp(text) : null;
    }

    [GeneratedRegex("--[a-z][a-z-]*")]
    private static partial Regex Option();

    [GeneratedRegex(@"\b[A-Z]+_[A-Z_]*[A-Z]\b")]
    private static partial Regex Variable();

    [GeneratedRegex(@"<([a-z][a-z|-]*)>")]
    private static partial Regex Choice();

    [GeneratedRegex(@"^  ([a-z][a-z-]+)(?: |$)", RegexOptions.Multiline)]
    private static partial Regex Verb();
}
