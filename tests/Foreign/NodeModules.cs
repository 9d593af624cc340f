using System.ComponentModel;
using Mesh.Integration.Processes;

namespace Mesh.Foreign;

/// <summary>Node's gRPC, installed once into artifacts, from the versions that package-lock.json pins.</summary>
internal static class NodeModules
{
    public static string Folder { get; } = Path.Combine(Executables.Artifacts, "interop-node");

    /// <summary>As NODE_PATH wants it.</summary>
    public static string Modules { get; } = Path.Combine(Folder, "node_modules");

    /// <exception cref="ProcessFailedException">npm is missing, or failed; the message says which.</exception>
    public static async Task EnsureAsync(string source)
    {
        // The mark is set when all is in place: an install that was cut off is repeated.
        var wanted = await File.ReadAllTextAsync(Path.Combine(source, "package-lock.json"));
        var mark = Path.Combine(Folder, "installed-lock.json");
        if (File.Exists(mark) && await File.ReadAllTextAsync(mark) == wanted)
        {
            return;
        }

        Directory.CreateDirectory(Folder);
        foreach (var file in new[] { "package.json", "package-lock.json" })
        {
            File.Copy(Path.Combine(source, file), Path.Combine(Folder, file), overwrite: true);
        }

        await using var npm = Start();
        if (await npm.ExitCodeAsync(TimeSpan.FromMinutes(3)) is not 0 and var code)
        {
            throw new ProcessFailedException(
                $"npm ci in {Folder} ended with code {code}; without @grpc/grpc-js these tests cannot run:\n{string.Join('\n', npm.Errors)}");
        }

        await File.WriteAllTextAsync(mark, wanted);
    }

    private static MeshProcess Start()
    {
        try
        {
            return MeshProcess.Start(
                "npm", OperatingSystem.IsWindows() ? "npm.cmd" : "npm", ["ci", "--prefix", Folder, "--ignore-scripts", "--no-audit", "--no-fund"]);
        }
        catch (Win32Exception missing)
        {
            throw new ProcessFailedException($"npm is not installed ({missing.Message}); ./test installs it, with nodejs and python3-grpcio");
        }
    }
}
