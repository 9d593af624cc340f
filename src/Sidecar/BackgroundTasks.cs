using Mesh.Sidecar.Telemetry;

namespace Mesh.Sidecar;

/// <summary>
/// What runs beside the loops for as long as the process lives. Each is told to stop at the end, and begins again after a
/// defect: a sidecar without discovery would go on with what it knows, and nobody would see. Used by the process alone.
/// </summary>
internal sealed class BackgroundTasks(TimeProvider time, Log log) : IDisposable
{
    /// <summary>What does not end in this time is left behind with the process.</summary>
    private static readonly TimeSpan EndLimit = TimeSpan.FromSeconds(2);

    private static readonly TimeSpan DefectPause = TimeSpan.FromSeconds(1);

    private readonly CancellationTokenSource _stop = new();
    private readonly List<Task> _tasks = [];

    /// <param name="what">For the log.</param>
    /// <param name="run">Runs until told to stop.</param>
    public void Run(string what, Func<CancellationToken, Task> run) => _tasks.Add(Task.Run(async () =>
    {
        while (!_stop.IsCancellationRequested)
        {
            try
            {
                await run(_stop.Token).ConfigureAwait(false);
                return;
            }
            catch (OperationCanceledException) when (_stop.IsCancellationRequested)
            {
                return;
            }
            catch (Exception e)
            {
                log.Error($"a defect of ours ends {what}, which begins again: {e}");
                await Task.Delay(DefectPause, time, _stop.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }));

    public async Task EndAsync()
    {
        await _stop.CancelAsync().ConfigureAwait(false);
        await Task.WhenAll(_tasks).WaitAsync(EndLimit, time).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    public void Dispose() => _stop.Dispose();
}
