using System.Diagnostics;
using System.Globalization;
using Mesh.Messaging.Postgres;
using Mesh.Messaging.Tests.Databases;
using Mesh.Messaging.Tests.Load;
using Mesh.Tests;
using Xunit.Abstractions;

namespace Mesh.Messaging.Tests.Crash;

/// <summary>
/// Two processes publish and consume on one database. Again and again one of three dies at a random moment: the server with all its processes, one of its
/// processes, which makes it begin anew, or one of ours. What was acknowledged is there.
/// </summary>
public sealed class PostgresCrashTests(ITestOutputHelper output) : IDisposable
{
    private const int Processes = 2;
    private const long NumbersEach = 1_000_000;

    // On demand more: MESH_CRASHES=50.
    private static readonly int Kills = int.Parse(Environment.GetEnvironmentVariable("MESH_CRASHES") ?? "6", CultureInfo.InvariantCulture);

    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(120);

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("mesh-crash-");
    private readonly PostgresCluster _cluster = PostgresCluster.Start();
    private readonly Process?[] _loads = new Process?[Processes];
    private readonly System.Collections.Concurrent.ConcurrentQueue<string> _said = new();
    private int _started;

    public void Dispose()
    {
        foreach (var load in _loads.OfType<Process>())
        {
            load.Kill();
            load.WaitForExit();
            load.Dispose();
        }

        _cluster.Dispose();
        _folder.Delete(recursive: true);
    }

    [PostgresFact]
    public async Task Nothing_that_was_acknowledged_is_lost_whoever_is_killed()
    {
        var (address, random) = (_cluster.CreateDatabase(), new Random(1));
        for (var i = 0; i < Processes; i++)
        {
            Start(i, address);
        }

        for (var kill = 0; kill < Kills; kill++)
        {
            // Each of them is at work again; then it may be doing anything.
            await ProceedAsync(random.Next(1, 600));
            switch (kill % 3)
            {
                case 0:
                    _cluster.Crash();
                    break;
                case 1:
                    _cluster.KillBackend(random);
                    break;
                default:
                    var which = random.Next(Processes);
                    await EndAsync(which);
                    Start(which, address);
                    break;
            }
        }

        await ProceedAsync(500);
        for (var i = 0; i < Processes; i++)
        {
            await EndAsync(i);
        }

        var marks = Enumerable.Range(0, Processes).SelectMany(ReadMarks).ToList();
        await using var engine = await PostgresEngine.OpenAsync(address, new PostgresOptions(), TimeProvider.System, output.WriteLine);
        var facts = Facts.Of(marks);
        var faults = await Audit.RunAsync(engine, facts);
        Assert.Equal("", string.Join('\n', faults.Take(20)));
        output.WriteLine($"{Kills} kills, {facts.Count} marks, {facts.Events.Count} events, {facts.Published.Values.Sum(one => one.Count)} messages, {facts.Acked.Count} acknowledged");
    }

    private void Start(int which, string address)
    {
        var (folder, first) = (FolderOf(which), 1 + (_started++ * NumbersEach));
        _loads[which] = Process.Start(LoadProcess.Start(folder, $"{first}", $"{NumbersEach}", address, $"k{which}."))!;
        // What it says of the server that is away; and why, if it ends.
        _loads[which]!.ErrorDataReceived += (_, said) => _said.Enqueue($"{which}: {said.Data}");
        _loads[which]!.BeginErrorReadLine();
    }

    private async Task EndAsync(int which)
    {
        _loads[which]!.Kill();
        await _loads[which]!.WaitForExitAsync();
        _loads[which]!.Dispose();
        _loads[which] = null;
    }

    /// <summary>Until each process has marked so many more.</summary>
    private async Task ProceedAsync(int marks)
    {
        var before = Enumerable.Range(0, Processes).Select(CountMarks).ToList();
        await Condition.HoldsAsync(
            () => Task.FromResult(Enumerable.Range(0, Processes).All(i => CountMarks(i) >= before[i] + marks || _loads[i]!.HasExited)),
            () => $"{marks} marks more of each load",
            Limit);
        Assert.False(Array.Exists(_loads, load => load!.HasExited), string.Join('\n', _said.TakeLast(40)));
    }

    private string FolderOf(int which) => _folder.CreateSubdirectory($"{which}").FullName;

    private int CountMarks(int which) => ReadMarks(which).Length;

    private string[] ReadMarks(int which)
    {
        var path = Path.Combine(FolderOf(which), Marks.FileName);
        return File.Exists(path) ? File.ReadAllText(path).Split('\n') : [];
    }
}
