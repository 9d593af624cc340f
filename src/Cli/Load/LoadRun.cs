using System.Globalization;

namespace Mesh.Cli.Load;

/// <summary>A steady load that says every few seconds how it goes.</summary>
internal sealed class LoadRun(TextWriter output, TimeProvider time)
{
    private static readonly TimeSpan Period = TimeSpan.FromSeconds(5);

    /// <summary>Returns 0 when told to stop: what the calls came to is for the reader to judge.</summary>
    public async Task<int> RunAsync(string outbound, int rate, CancellationToken stop)
    {
        using var telemetry = LoadTelemetry.Start(null, all: false);
        using var channels = ServiceChannels.Through(outbound, CallKind.All.Select(kind => kind.Service).Distinct());
        var log = new CallLog();
        var load = new Workload(new ShopCalls(channels, time), time).RunSteadilyAsync(rate, log, stop);
        await output.WriteLineAsync($"calling through {outbound}, up to {rate} calls/s");
        using var timer = new PeriodicTimer(Period, time);
        var told = new HashSet<string>();
        try
        {
            while (await timer.WaitForNextTickAsync(stop))
            {
                await ReportAsync(log, told);
            }
        }
        catch (OperationCanceledException)
        {
            // Told to stop.
        }

        await load;
        await ReportAsync(log, told);
        return 0;
    }

    private async Task ReportAsync(CallLog log, HashSet<string> told)
    {
        var all = new CallFigures();
        foreach (var figures in log.Take().Values)
        {
            all.Add(figures);
        }

        await output.WriteLineAsync(string.Create(
            CultureInfo.InvariantCulture,
            $"{all.Calls} calls, {all.Failures} failed, p50 {all.Percentile(0.5):0.0} ms, p99 {all.Percentile(0.99):0.0} ms"));
        foreach (var failure in log.Failures.Where(told.Add))
        {
            await output.WriteLineAsync($"  {failure}");
        }

        await output.FlushAsync();
    }
}
