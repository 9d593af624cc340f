using System.ComponentModel;
using Mesh.Integration.Processes;

namespace Mesh.Foreign;

/// <summary>Packages of npm, installed once into artifacts, in the versions that a folder's package-lock.json pins.</summary>
internal sealed class NodeModules(string folder)
{
    /// <summary>gRPC for Node's clients and servers.</summary>
    public static NodeModules Grpc { get; } = new("node");

    /// <summary>The same, as clients without a sidecar.</summary>
    public static NodeModules Xds { get; } = new("xds");

    /// <summary>What holds protos/ to its rules.</summary>
    public static NodeModules Buf { get; } = new("buf");

    /// <summary>gRPC-Web for pages, and what steers the browser they are in.</summary>
    public static NodeModules Browser { get; } = new("browser");

    private readonly string _source = Path.Combine(Executables.Repository, "tests", "Foreign", folder);
    private readonly string _target = Path.Combine(Executables.Artifacts, "npm", folder);
    private readonly Lock _gate = new();
    private Task? _installed;

    /// <summary>As NODE_PATH wants it.</summary>
    public string Modules => Path.Combine(_target, "node_modules");

    /// <summary>Installs them if they are not there; whoever else asks meanwhile waits for the same install.</summary>
    /// <exception cref="ProcessFailedException">npm is missing, or failed; the message says which.</exception>
    public Task EnsureAsync()
    {
        lock (_gate)
        {
            return _installed ??= InstallMissingAsync();
        }
    }

    private async Task InstallMissingAsync()
    {
        // The mark is set when all is in place: an install that was cut off is repeated.
        var wanted = await File.ReadAllTextAsync(Path.Combine(_source, "package-lock.json"));
        var mark = Path.Combine(_target, "installed-lock.json");
        if (File.Exists(mark) && await File.ReadAllTextAsync(mark) == wanted)
        {
            return;
        }

        Directory.CreateDirectory(_target);
        foreach (var file in new[] { "package.json", "package-lock.json" })
        {
            File.Copy(Path.Combine(_source, file), Path.Combine(_target, file), overwrite: true);
        }

        // A registry that breaks off once, and what npm then leaves behind, is no fault of what is tested.
        if (await InstallAsync() is not null && await InstallAsync() is { } fault)
        {
            throw new ProcessFailedException($"npm ci in {_target} {fault}; without its packages these tests cannot run");
        }

        await File.WriteAllTextAsync(mark, wanted);
    }

    /// <returns>What went wrong; null if nothing did.</returns>
    private async Task<string?> InstallAsync()
    {
        if (Directory.Exists(Modules))
        {
            Directory.Delete(Modules, recursive: true);
        }

        await using var npm = Start();
        return await npm.ExitCodeAsync(TimeSpan.FromMinutes(3)) is not 0 and var code ? $"ended with code {code}:\n{string.Join('\n', npm.Errors)}" : null;
    }

    private MeshProcess Start()
    {
        try
        {
            return MeshProcess.Start(
                "npm", OperatingSystem.IsWindows() ? "npm.cmd" : "npm", ["ci", "--prefix", _target, "--ignore-scripts", "--no-audit", "--no-fund"]);
        }
        catch (Win32Exception missing)
        {
            throw new ProcessFailedException($"npm is not installed ({missing.Message}); ./test installs it, with nodejs and python3-grpcio");
        }
    }
}
