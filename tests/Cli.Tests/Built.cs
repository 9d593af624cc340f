using Mesh.Cli.Processes;
using Mesh.Tests;

namespace Mesh.Cli.Tests;

/// <summary>The executables as they were built with this project.</summary>
internal static class Built
{
    /// <summary>For what must come: a loaded machine is no failure.</summary>
    public static readonly TimeSpan Limit = TimeSpan.FromMinutes(3);

    public static string Executable(string name)
    {
        var own = new DirectoryInfo(Path.TrimEndingDirectorySeparator(AppContext.BaseDirectory));
        return Executables.Find(name, Path.Combine(RepositoryRoot.Path, "artifacts", "bin", "Cli", own.Name), "");
    }

    public static string Shell { get; } = "/bin/sh";
}
