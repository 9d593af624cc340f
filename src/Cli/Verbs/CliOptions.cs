using System.Diagnostics.CodeAnalysis;
using Mesh.Hosting;

namespace Mesh.Cli.Verbs;

/// <summary>The options that several verbs have.</summary>
internal static class CliOptions
{
    /// <summary>As the API bounds it.</summary>
    private const int LongestReason = 1024;

    /// <summary>What is read: YAML or JSON of files, of the files in a folder, or of the standard input.</summary>
    /// <param name="required">Whether the verb has nothing to do without.</param>
    public static ValueOption Files(bool required) => new("--file", "FILE", "a file, a folder, or - for the standard input", "-f")
    {
        Description = "YAML or JSON, a ConfigResource a document; a folder means the *.yaml, *.yml and *.json in it; - is the standard input. May be repeated.",
        Required = required,
        IsRepeatable = true,
    };

    /// <summary>How long an answer may take, 10 ms to 1 h.</summary>
    public static CliOption<TimeSpan> Timeout(string defaultText, string help) =>
        new("--timeout", ValueKinds.Duration(TimeSpan.FromMilliseconds(10), TimeSpan.FromHours(1)), defaultText, help);

    /// <summary>Why a change is made: up to 1,024 characters, kept with the version it makes.</summary>
    public static CliOption<string> Reason() => new(
        "--reason",
        new ValueKind<string>(
            "TEXT",
            $"a text of 1 to {LongestReason} characters",
            (string text, [MaybeNullWhen(false)] out string value) => (value = text).Length is > 0 and <= LongestReason),
        null,
        "Why, for people; kept with each version that it makes.");
}
