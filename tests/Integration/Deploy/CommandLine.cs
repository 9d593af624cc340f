namespace Mesh.Integration.Deploy;

/// <summary>A command as a compose file gives it, taken apart: program, verb or arguments, options with their values.</summary>
internal sealed class CommandLine
{
    public required string Program { get; init; }

    public required IReadOnlyList<string> Words { get; init; }

    public required IReadOnlyList<(string Option, string Value)> Options { get; init; }

    /// <summary>Of the programs that have verbs; what follows one are its arguments.</summary>
    public string? Verb => Program is "meshctl" or "mesh-sidecar" && Words.Count > 0 ? Words[0] : null;

    public static CommandLine Parse(IReadOnlyList<string> command)
    {
        var words = new List<string>();
        var options = new List<(string, string)>();
        // What is behind -- is another program's.
        for (var i = 1; i < command.Count && command[i] != "--"; i++)
        {
            if (!command[i].StartsWith("--", StringComparison.Ordinal))
            {
                words.Add(command[i]);
            }
            else if (command[i].Split('=', 2) is [var option, var value])
            {
                options.Add((option, value));
            }
            else
            {
                options.Add((command[i], i + 1 < command.Count ? command[++i] : ""));
            }
        }

        return new CommandLine { Program = command[0], Words = words, Options = options };
    }
}
