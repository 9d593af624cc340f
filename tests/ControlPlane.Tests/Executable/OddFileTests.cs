using System.Diagnostics;

namespace Mesh.ControlPlane.Tests.Executable;

/// <summary>Names of files that lead to something else, or to more than anybody wants.</summary>
public sealed class OddFileTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("mesh-plane-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task A_configuration_that_is_no_file_or_too_large_is_refused_at_once()
    {
        if (!OperatingSystem.IsLinux())
        {
            return;
        }

        var large = Path.Combine(_folder, "large.yaml");
        using (var file = File.Create(large))
        {
            file.SetLength(900L * 1024 * 1024);
        }

        var pipe = await PipeAsync();
        await RefusesAsync($"--config {large}", "--config: ", "holds more than the 4 MiB that are read; split it");
        await RefusesAsync("--config /dev/zero", "--config: /dev/zero: is no regular file but a pipe, a socket or a device");
        await RefusesAsync($"--config {pipe}", "--config: ", "is no regular file but a pipe, a socket or a device");
        await RefusesAsync($"--config {_folder}/none.yaml", "--config: ", "is neither a file nor a folder");
    }

    [Fact]
    public async Task A_store_that_is_no_file_is_refused_at_once()
    {
        if (!OperatingSystem.IsLinux())
        {
            return;
        }

        await RefusesAsync($"--store sqlite:{await PipeAsync()}", "--store: ");
        await RefusesAsync("--store sqlite:/dev/zero", "--store: ");
        await RefusesAsync($"--store sqlite:{_folder}", "--store: ", "is a folder; name a file in it");
    }

    private async Task<string> PipeAsync()
    {
        var pipe = Path.Combine(_folder, "pipe.yaml");
        using var make = Process.Start("mkfifo", [pipe]);
        await make.WaitForExitAsync(Bound.Token());
        return pipe;
    }

    private static async Task RefusesAsync(string line, params string[] said)
    {
        using var process = ControlPlaneProcess.Start("--grpc 127.0.0.1:0 --http 127.0.0.1:0 " + line);
        var (code, output, errors) = await process.EndAsync();
        Assert.InRange(code, 1, 2);
        Assert.Equal("", output);
        Assert.Single(errors.TrimEnd().Split('\n'));
        Assert.DoesNotContain("xception", errors, StringComparison.Ordinal);
        Assert.All(said, part => Assert.Contains(part, errors, StringComparison.Ordinal));
    }
}
