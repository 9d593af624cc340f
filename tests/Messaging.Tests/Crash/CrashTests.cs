using System.Diagnostics;
using Mesh.Messaging.Tests.Load;
using Mesh.Tests;
using Xunit.Abstractions;

namespace Mesh.Messaging.Tests.Crash;

/// <summary>The process is killed at random moments under load (MESH_CRASHES; 10 times with all other tests), and goes on with the same file each time: what it had acknowledged is there.</summary>
public sealed class CrashTests(ITestOutputHelper output) : IDisposable
{
    private const long NumbersEach = 1_000_000;

    private static readonly int Kills = int.TryParse(Environment.GetEnvironmentVariable("MESH_CRASHES"), out var kills) ? kills : 10;

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("mesh-crash-");

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public async Task Nothing_that_was_acknowledged_is_lost()
    {
        var (random, marks) = (new Random(1), 0);
        for (var kill = 0; kill < Kills; kill++)
        {
            // It begins to mark once it has opened the file; then it may be doing anything.
            marks = await KillAsync(kill, marks + random.Next(1, 2_000));
            if (kill % 10 == 9 || kill == Kills - 1)
            {
                Assert.Equal("", string.Join('\n', (await AuditCopyAsync()).Take(20).Select(fault => $"after {kill + 1} kills: {fault}")));
            }
        }

        output.WriteLine($"{Kills} kills, {marks} marks");
    }

    /// <returns>How many marks there are then.</returns>
    private async Task<int> KillAsync(int kill, int afterMarks)
    {
        using var load = Process.Start(LoadProcess.Start(_folder.FullName, 1 + kill * NumbersEach, NumbersEach, isSynced: true))!;
        var said = load.StandardError.ReadToEndAsync();
        await Condition.HoldsAsync(
            () => Task.FromResult(load.HasExited || ReadMarks().Length >= afterMarks),
            () => $"{afterMarks} marks of the load",
            TimeSpan.FromSeconds(60));
        load.Kill();
        await load.WaitForExitAsync();
        Assert.Equal("", await said);
        return ReadMarks().Length;
    }

    /// <summary>The audit takes what there is: it is done on a copy.</summary>
    private async Task<List<string>> AuditCopyAsync()
    {
        var copy = _folder.CreateSubdirectory("copy");
        foreach (var file in _folder.GetFiles(LoadProgram.FileName + "*").Where(file => !file.Name.EndsWith("-shm", StringComparison.Ordinal)))
        {
            file.CopyTo(Path.Combine(copy.FullName, file.Name));
        }

        var faults = await Audit.RunAsync(copy.FullName, Facts.Of(ReadMarks()));
        copy.Delete(recursive: true);
        return faults;
    }

    private string[] ReadMarks()
    {
        var path = Path.Combine(_folder.FullName, Marks.FileName);
        return File.Exists(path) ? File.ReadAllText(path).Split('\n') : [];
    }
}
