using System.CommandLine;
using System.CommandLine.Parsing;
using Mesh.Hosting;

namespace Mesh.Cli.Verbs;

/// <summary>Makes options that read alike in all verbs: as the other programs', each is a variable as well.</summary>
internal static class CliOption
{
    /// <param name="name">With its hyphens; its variable is <c>MESH_</c> and the name in capitals.</param>
    /// <param name="kind">What its value is.</param>
    /// <param name="defaultText">Its value if none is given; null if there is none.</param>
    /// <param name="help">A sentence for --help.</param>
    public static Option<T> Create<T>(string name, ValueKind<T> kind, string? defaultText, string help)
    {
        var variable = "MESH_" + name.TrimStart('-').ToUpperInvariant().Replace('-', '_');
        return new Option<T>(name)
        {
            HelpName = kind.Placeholder,
            Description = defaultText is null ? $"{help} ({variable})" : $"{help} Default {defaultText}. ({variable})",
            CustomParser = result => Read(result, name, kind, result.Tokens[0].Value),
            DefaultValueFactory = result => Environment.GetEnvironmentVariable(variable) is { Length: > 0 } text
                ? Read(result, variable, kind, text)
                : defaultText is null ? default! : Read(result, name, kind, defaultText),
        };
    }

    private static T Read<T>(ArgumentResult result, string source, ValueKind<T> kind, string text)
    {
        if (kind.TryParse(text, out var value))
        {
            return value;
        }

        result.AddError($"{source}: '{text}' is not {kind.Expectation}");
        return default!;
    }
}
