using System.Diagnostics.CodeAnalysis;
using Mesh.Hosting;

namespace Mesh.Cli.Verbs;

/// <summary>The value types that only the CLI's options have.</summary>
internal static class CliValueKinds
{
    /// <summary>One URL of a host and a port alone.</summary>
    public static ValueKind<Uri> Url { get; } = new(
        "URL",
        "a URL like http://HOST:PORT (for example http://127.0.0.1:15010)",
        (string text, [MaybeNullWhen(false)] out Uri value) =>
        {
            var single = ValueKinds.Urls.TryParse(text, out var urls) && urls.Count == 1;
            value = single ? urls![0] : null;
            return single;
        });
}
