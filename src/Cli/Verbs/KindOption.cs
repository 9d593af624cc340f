using Mesh.Hosting;
using Mesh.Resources;

namespace Mesh.Cli.Verbs;

/// <summary><c>--kind</c>: which of a service's resources is meant.</summary>
internal static class KindOption
{
    /// <param name="defaultText">The kind that is meant where none is given; null: all of them.</param>
    /// <param name="help">A sentence for --help.</param>
    public static CliOption<string> Make(string? defaultText, string help) =>
        new("--kind", ValueKinds.OneOf([.. ConfigKindName.All.Select(name => (name, name))]), defaultText, help);
}
