namespace Mesh.Bench.Load.Processes;

/// <summary>The programs that are built with this one, beside it in <c>artifacts/bin</c>.</summary>
internal static class BuiltPrograms
{
    private static readonly DirectoryInfo Own = new(Path.TrimEndingDirectorySeparator(AppContext.BaseDirectory));

    public static string Backend => Find("Backend", "mesh-bench-backend");

    public static string Yarp => Find("Yarp", "mesh-bench-yarp");

    public static string Sidecar => Find("Sidecar", "mesh-sidecar");

    public static string ControlPlane => Find("ControlPlane", "mesh-control-plane");

    /// <summary>Optimised code. Anything else is not worth measuring.</summary>
    public static bool AreRelease => Own.Name == "release";

    // artifacts/bin/Load/release
    private static string Find(string project, string name) => Path.Combine(Own.Parent!.Parent!.FullName, project, Own.Name, name);
}
