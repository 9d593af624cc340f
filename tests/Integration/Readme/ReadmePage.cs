using System.Text.RegularExpressions;
using Mesh.Integration.Processes;

namespace Mesh.Integration.Readme;

/// <summary>What README shows: the blocks between fences, and the commands in them.</summary>
internal static partial class ReadmePage
{
    private static readonly string Text = File.ReadAllText(Path.Combine(Executables.Repository, "README.md"));

    /// <summary>Each block's lines, without the fences.</summary>
    public static IReadOnlyList<IReadOnlyList<string>> Blocks { get; } =
        [.. Fenced().Matches(Text).Select(match => match.Groups[1].Value.TrimEnd('\n').Split('\n'))];

    /// <summary>The lines of a block that call one of the mesh's programs, without what is a comment in them.</summary>
    public static IReadOnlyList<string> Commands { get; } =
        [.. Blocks.SelectMany(block => block).Select(line => Command().Match(line)).Where(match => match.Success).Select(match => match.Groups[1].Value.Trim())];

    /// <summary>The block that follows a command, up to the next one.</summary>
    public static IReadOnlyList<string> OutputOf(string command)
    {
        var block = Blocks.Single(block => block.Contains($"$ {command}"));
        return [.. block.SkipWhile(line => line != $"$ {command}").Skip(1).TakeWhile(line => !line.StartsWith("$ ", StringComparison.Ordinal))];
    }

    /// <summary>A line with its figures taken out: what is printed by two runs alike.</summary>
    public static string Pattern(string line) => Figure().Replace(line, "#");

    /// <summary>Whether the page says this, in whatever place.</summary>
    public static bool Says(string text) => Text.Contains(text, StringComparison.Ordinal);

    [GeneratedRegex(@"^```[a-z]*\n(.*?)^```$", RegexOptions.Singleline | RegexOptions.Multiline)]
    private static partial Regex Fenced();

    [GeneratedRegex(@"^(?:\$ )?((?:meshctl|mesh-sidecar|mesh-control-plane|mesh-demo) .*?)(?: +#.*)?$")]
    private static partial Regex Command();

    [GeneratedRegex(@"\d+(?:\.\d+)?")]
    private static partial Regex Figure();
}
