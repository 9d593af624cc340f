namespace Mesh.Cli.Processes;

/// <summary>Finds the mesh's other programs: beside the CLI's own build folder, in its folder, or on PATH.</summary>
internal static class Executables
{
    /// <summary>Where each program is built: the project's folder under <c>artifacts/bin</c>.</summary>
    private static readonly Dictionary<string, string> Projects = new()
    {
        ["mesh-control-plane"] = "ControlPlane",
        ["mesh-sidecar"] = "Sidecar",
        ["mesh-demo"] = "DemoServices",
        ["meshctl"] = "Cli",
    };

    /// <param name="name">Such as <c>mesh-sidecar</c>.</param>
    /// <returns>Its full path.</returns>
    /// <exception cref="CliException">It is in none of the places.</exception>
    public static string Find(string name) =>
        Find(name, AppContext.BaseDirectory, Environment.GetEnvironmentVariable("PATH") ?? "");

    /// <param name="name">Such as <c>mesh-sidecar</c>.</param>
    /// <param name="baseDirectory">Where the CLI runs from.</param>
    /// <param name="path">Folders as in the variable PATH.</param>
    public static string Find(string name, string baseDirectory, string path)
    {
        var file = OperatingSystem.IsWindows() ? name + ".exe" : name;
        return Places(name, baseDirectory, path)
            .Select(folder => Path.Combine(folder, file))
            .FirstOrDefault(File.Exists)
            ?? throw new CliException(
                $"{name} is not built: neither beside {baseDirectory} nor on PATH (build it with: dotnet build src/{Projects[name]})");
    }

    // artifacts/bin/Cli/debug/ -> artifacts/bin/Sidecar/debug/
    private static IEnumerable<string> Places(string name, string baseDirectory, string path)
    {
        var own = new DirectoryInfo(Path.TrimEndingDirectorySeparator(baseDirectory));
        if (own.Parent?.Parent is { } bin)
        {
            yield return Path.Combine(bin.FullName, Projects[name], own.Name);
        }

        yield return own.FullName;
        foreach (var folder in path.Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries))
        {
            yield return folder;
        }
    }
}
