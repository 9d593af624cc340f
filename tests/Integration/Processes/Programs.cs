namespace Mesh.Integration.Processes;

/// <summary>The mesh's programs by name, with arguments that let them start anywhere.</summary>
internal static class Programs
{
    public static string FileOf(string program) => program switch
    {
        "mesh-sidecar" => Executables.Sidecar,
        "mesh-control-plane" => Executables.ControlPlane,
        "mesh-demo" => Executables.Demo,
        _ => Executables.Meshctl,
    };

    /// <summary>Listens on free ports of 127.0.0.1; a sidecar's control plane does not exist.</summary>
    /// <param name="program">Its name.</param>
    /// <param name="arguments">Instead of, or in addition to, those.</param>
    public static string[] ArgumentsOf(string program, params string[] arguments)
    {
        string[] listeners = program switch
        {
            "mesh-sidecar" => ["--outbound", "--admin"],
            "mesh-control-plane" => ["--grpc", "--http"],
            _ => ["--listen"],
        };
        string[] first = program switch
        {
            "mesh-sidecar" when !arguments.Contains("--static") => ["--control-plane", "http://127.0.0.1:1"],
            "mesh-demo" => ["users"],
            _ => [],
        };
        return [.. first, .. arguments, .. listeners.Where(name => !arguments.Contains(name)).SelectMany(name => new[] { name, "127.0.0.1:0" })];
    }

    public static MeshProcess Start(string program, params string[] arguments) =>
        MeshProcess.Start(program, FileOf(program), ArgumentsOf(program, arguments));
}
