using System.Diagnostics;
using System.Text;
using Mesh.Messaging.Tests.Load;
using Xunit.Abstractions;

namespace Mesh.Messaging.Tests.PowerLoss;

/// <summary>
/// The power is cut at many points under load (MESH_CUTS; 60 with all other tests): what had been acknowledged is there when it comes back. A process is recorded once; the
/// disk as it was at each point is made from that, with what had been synced and of the rest nothing, some, or torn pages.
/// </summary>
public sealed class PowerLossTests(ITestOutputHelper output) : IDisposable
{
    private const int Messages = 3_000;

    private static readonly int Cuts = int.TryParse(Environment.GetEnvironmentVariable("MESH_CUTS"), out var cuts) ? cuts : 60;

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("mesh-power-");

    public void Dispose() => _folder.Delete(recursive: true);

    [RecordedFact]
    public async Task Nothing_that_was_acknowledged_is_lost()
    {
        var faults = await CutAsync(await RecordAsync(isSynced: true), new Random(1), Cuts);
        Assert.Equal("", string.Join('\n', faults.Take(20)));
    }

    /// <summary>The same, with an engine that does not sync: the check can fail.</summary>
    [RecordedFact]
    public async Task Without_syncs_messages_are_lost_and_that_is_found()
    {
        var faults = await CutAsync(await RecordAsync(isSynced: false), new Random(1), 20);
        Assert.Contains(faults, fault => fault.Contains("lost", StringComparison.Ordinal));
    }

    private async Task<List<Step>> RecordAsync(bool isSynced)
    {
        var folder = _folder.CreateSubdirectory("recorded").FullName;
        var log = Path.Combine(_folder.FullName, "steps");
        var start = LoadProcess.Start(folder, 1, Messages, isSynced);
        Recorder.Attach(start, folder, log);
        using var load = Process.Start(start)!;
        var said = await load.StandardError.ReadToEndAsync();
        await load.WaitForExitAsync();
        Assert.True(load.ExitCode == 0, said);
        return Step.ReadAll(log);
    }

    private async Task<List<string>> CutAsync(List<Step> steps, Random random, int cuts)
    {
        var marks = steps.Find(step => step.Kind == StepKind.Open && Encoding.UTF8.GetString(step.Bytes.Span).EndsWith(Marks.FileName, StringComparison.Ordinal))!.File;
        var begin = steps.FindIndex(step => step.File == marks && step.Kind == StepKind.Write);
        var points = Enumerable.Range(0, cuts).Select(_ => random.Next(begin, steps.Count)).Order().ToList();
        var (disk, known, faults, made) = (new Disk(), new StringBuilder(), new List<string>(), 0);
        for (var i = 0; i < points.Count; i++)
        {
            for (; made < points[i]; made++)
            {
                disk.Make(steps[made]);
                if (steps[made].File == marks && steps[made].Kind == StepKind.Write)
                {
                    known.Append(Encoding.UTF8.GetString(steps[made].Bytes.Span));
                }
            }

            var folder = _folder.CreateSubdirectory($"cut{i}");
            var unsynced = (Unsynced)(i % 3);
            disk.CutPower(folder.FullName, unsynced, random);
            var facts = Facts.Of(known.ToString().Split('\n'));
            faults.AddRange((await AuditAsync(folder.FullName, facts)).Select(fault => $"cut {i} at step {made} ({unsynced}), {facts.Count} marks: {fault}"));
            folder.Delete(recursive: true);
        }

        output.WriteLine($"{cuts} cuts in {steps.Count} steps, of which {steps.Count(step => step.Kind == StepKind.Sync)} syncs; {faults.Count} faults");
        faults.Take(20).ToList().ForEach(output.WriteLine);
        return faults;
    }

    private static async Task<List<string>> AuditAsync(string folder, Facts facts)
    {
        try
        {
            return await Audit.RunAsync(folder, facts);
        }
        catch (MessagingException refused)
        {
            return [$"lost: all: {refused.Message}"];
        }
    }
}
