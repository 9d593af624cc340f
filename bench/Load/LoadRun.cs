using Mesh.Bench.Load.Cases;
using Mesh.Bench.Load.Measuring;
using Mesh.Bench.Load.Processes;
using Mesh.Bench.Load.Proxies;
using Mesh.Bench.Load.Reporting;

namespace Mesh.Bench.Load;

/// <summary>A run from start to end. Whatever it starts ends with it.</summary>
internal static class LoadRun
{
    /// <returns>The exit code.</returns>
    public static async Task<int> RunAsync(LoadOptions options, CancellationToken stop)
    {
        var progress = new Progress();
        try
        {
            Check();
            var machine = Machine.Read(TimeProvider.System);
            var (proxies, participants) = await FindAsync(options, progress);
            await using var session = await Session.StartAsync(options, progress);
            var report = new LoadReport
            {
                Machine = machine,
                Participants = participants,
                Generator = session.HasH2Load ? "h2load, where it can" : "our own generator",
                Rounds = options.Rounds,
                Seconds = options.Duration.TotalSeconds,
                Pinned = options.Pin,
            };
            if (!session.HasH2Load)
            {
                progress.Say("h2load: not installed: apt-get install nghttp2-client; our own generator stands in");
            }

            report = await MeasureAsync(session, report, proxies, stop);
            var text = ReportText.Of(report, options.Cases);
            await ReportFiles.WriteAsync(options, report, text);
            await Console.Out.WriteAsync(text);
            return 0;
        }
        catch (BenchFailedException e)
        {
            await Console.Error.WriteLineAsync(e.Message);
            return 1;
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            await Console.Error.WriteLineAsync("stopped; all that was started has ended");
            return 130;
        }
    }

    private static async Task<LoadReport> MeasureAsync(Session session, LoadReport report, IReadOnlyList<Proxy> proxies, CancellationToken stop)
    {
        if (session.Options.Cases.Count > 0)
        {
            report = report with { Samples = await Rounds.RunAsync(session, proxies, stop), Exports = await session.ExportsAsync() };
        }

        var measurable = proxies.Where(proxy => proxy.Name != ProxyCatalog.Direct).ToArray();
        var hasSidecar = proxies.Any(proxy => proxy.Name == ProxyCatalog.Sidecar);
        foreach (var extra in session.Options.Extras.Where(extra => extra.HasPeers || hasSidecar))
        {
            try
            {
                report = await MeasureAsync(session, report, extra, measurable, stop);
            }
            catch (BenchFailedException e)
            {
                // One that fails must not cost what has been measured by then.
                session.Progress.Say($"{extra.Name}: {e.Message}");
                report = report with { Failures = [.. report.Failures, $"{extra.Name}: {e.Message.Split('\n')[0]}"] };
            }
        }

        return report;
    }

    private static async Task<LoadReport> MeasureAsync(
        Session session, LoadReport report, Extra extra, IReadOnlyList<Proxy> proxies, CancellationToken stop)
    {
        if (extra == Extra.Start)
        {
            return report with { Starts = await StartMeter.RunAsync(session, proxies, stop) };
        }

        if (extra == Extra.Idle)
        {
            return report with { Idle = await IdleMeter.RunAsync(session, proxies, stop) };
        }

        if (extra == Extra.Allocations)
        {
            return report with { Allocations = await AllocationMeter.RunAsync(session, session.Options.Sidecar, stop) };
        }

        var series = await ScaleSeries.RunAsync(session, extra, stop);
        return report with { Series = new Dictionary<string, IReadOnlyList<Sample>>(report.Series) { [extra.Name] = series } };
    }

    private static void Check()
    {
        if (!OperatingSystem.IsLinux())
        {
            throw new BenchFailedException("CPU time and memory are read from /proc: this runs on Linux only");
        }

        if (!BuiltPrograms.AreRelease)
        {
            throw new BenchFailedException("a Debug build is not worth measuring: dotnet run -c Release --project bench/Load");
        }
    }

    /// <summary>Those that can take part, and a word on each that was asked for.</summary>
    private static async Task<(IReadOnlyList<Proxy> Proxies, IReadOnlyList<Participant> Participants)> FindAsync(LoadOptions options, Progress progress)
    {
        var proxies = new List<Proxy>();
        var participants = new List<Participant>();
        foreach (var proxy in options.Proxies.Select(name => ProxyCatalog.Make(name, options)))
        {
            if (proxy.Missing is { } missing)
            {
                progress.Say($"{proxy.Name}: {missing}");
                participants.Add(new Participant(proxy.Name, null, missing));
                continue;
            }

            proxies.Add(proxy);
            participants.Add(new Participant(proxy.Name, await proxy.VersionAsync(), null));
        }

        return (proxies, participants);
    }
}
