namespace Mesh.Integration.Processes;

/// <summary>
/// Where the mesh's programs are: as built with this project, or where a variable says, such as MESH_SIDECAR_PATH for a
/// native build.
/// </summary>
public static class Executables
{
    public static string Sidecar => Find("MESH_SIDECAR_PATH", "Sidecar", "mesh-sidecar");

    public static string ControlPlane => Find("MESH_CONTROL_PLANE_PATH", "ControlPlane", "mesh-control-plane");

    public static string Demo => Find("MESH_DEMO_PATH", "DemoServices", "mesh-demo");

    public static string Meshctl => Find("MESHCTL_PATH", "Cli", "meshctl");

    /// <summary>The folder of all build output, <c>artifacts</c>.</summary>
    public static string Artifacts => OwnFolder.Parent!.Parent!.Parent!.FullName;

    /// <summary>The folder with Mesh.sln.</summary>
    public static string Repository => Path.GetDirectoryName(Artifacts)!;

    // artifacts/bin/Integration/debug
    private static DirectoryInfo OwnFolder { get; } = new(Path.TrimEndingDirectorySeparator(AppContext.BaseDirectory));

    private static string Find(string variable, string project, string name)
    {
        var file = OperatingSystem.IsWindows() ? name + ".exe" : name;
        var path = Environment.GetEnvironmentVariable(variable) is { Length: > 0 } given
            ? given
            : Path.Combine(Artifacts, "bin", project, OwnFolder.Name, file);
        return File.Exists(path)
            ? path
            : throw new FileNotFoundException($"{name} is not at {path}: build src/{project}, or set {variable}");
    }
}
