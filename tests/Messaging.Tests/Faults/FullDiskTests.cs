using System.Diagnostics;
using Mesh.Messaging.Tests.Load;
using Mesh.Tests;

namespace Mesh.Messaging.Tests.Faults;

/// <summary>On a disk of its own of 16 MiB, in a mount namespace that goes with the process.</summary>
public sealed class FullDiskTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("mesh-full-");

    public void Dispose() => _folder.Delete(recursive: true);

    [NamespaceFact]
    public async Task A_full_disk_refuses_what_is_published_loses_nothing_and_recovers()
    {
        var program = LoadProcess.Start("full", _folder.FullName);
        var command = string.Join(' ', program.ArgumentList.Prepend(program.FileName).Select(word => $"'{word}'"));
        using var process = Process.Start(
            new ProcessStartInfo("unshare", ["--mount", "--map-root-user", "sh", "-c", $"mount -t tmpfs -o size=16m none '{_folder.FullName}' && exec {command}"])
            {
                RedirectStandardOutput = true,
                RedirectStandardError = true,
            })!;
        var errors = process.StandardError.ReadToEndAsync();
        var said = await process.StandardOutput.ReadToEndAsync();
        Assert.True(said == "well\n", said + await errors);
        var reports = (await errors).Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Contains(reports, line => line.Contains("no room left", StringComparison.Ordinal));
        Assert.Contains(reports, line => line.Contains("takes writes again", StringComparison.Ordinal));
    }
}
