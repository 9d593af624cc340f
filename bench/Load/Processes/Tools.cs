namespace Mesh.Bench.Load.Processes;

/// <summary>Programs of the distribution.</summary>
internal static class Tools
{
    /// <summary>Where a program is; null if it is not installed.</summary>
    public static string? Find(string name) =>
        // Daemons are in sbin, which is not on everybody's path.
        (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator).Concat(["/usr/sbin", "/usr/local/sbin"])
            .Select(folder => Path.Combine(folder, name))
            .FirstOrDefault(File.Exists);
}
