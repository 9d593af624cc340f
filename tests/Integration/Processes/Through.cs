namespace Mesh.Integration.Processes;

/// <summary>Programs started by a shell that has redirected something for them.</summary>
internal static class Through
{
    /// <param name="redirection">As a shell has it: <c>&gt;/dev/full</c>.</param>
    /// <param name="file">The executable, which takes the shell's place.</param>
    /// <param name="arguments">Its own.</param>
    public static MeshProcess Shell(string redirection, string file, params string[] arguments) =>
        MeshProcess.Start(Path.GetFileName(file), "/bin/sh", ["-c", $"exec \"$0\" \"$@\" {redirection}", file, .. arguments]);

    /// <param name="descriptors">What <c>ulimit -n</c> is set to.</param>
    /// <param name="file">The executable, which takes the shell's place.</param>
    /// <param name="environment">In addition.</param>
    /// <param name="arguments">Its own.</param>
    public static MeshProcess Limit(int descriptors, string file, IEnumerable<KeyValuePair<string, string>> environment, params string[] arguments) =>
        MeshProcess.Start(Path.GetFileName(file), "/bin/sh", ["-c", $"ulimit -n {descriptors} && exec \"$0\" \"$@\"", file, .. arguments], environment);
}
