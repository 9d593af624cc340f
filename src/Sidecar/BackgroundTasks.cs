using System.Collections.Concurrent;

namespace Mesh.Sidecar;

/// <summary>
/// What runs beside the loops for as long as the process lives. Each is told to stop at the end, and begins again after a
/// defect, whether it throws or ends: a sidecar without discovery would go on with what it knows, and nobody would see. Used by the process alone.
/// </summary>
internal sealed class BackgroundTasks(TimeProvider time, Log log) : IDisposable
{
    /// <summary>What does not end in this time is left behind with the process.</summary>
    private static readonly TimeSpan EndLimit = TimeSpan.FromSeconds(2);

    private static readonly TimeSpan DefectPause = TimeSpan.FromSeconds(1);

    /// <summary>What has run for this long since is taken to be well.</summary>
    private static readonly TimeSpan Doubt = TimeSpan.FromSeconds(10);

    private readonly CancellationTokenSource _stop = new();
    private readonly List<Task> _tasks = [];
    private readonly ConcurrentDictionary<string, End> _ended = new(StringComparer.Ordinal);

    /// <summary>What has just come to an end that was not asked for, or does so again and again; a line each. Any thread.</summary>
    public IReadOnlyList<string> Ended =>
    [
        .. from task in _ended
           where time.GetElapsedTime(task.Value.At) < Doubt
           orderby task.Key
           select $"{task.Key} has ended and begins again: {task.Value.Why}",
    ];

    /// <param name="what">For the log.</param>
    /// <param name="run">Runs until told to stop.</param>
    /// <param name="mayEnd">It may be done earlier.</param>
    public void Run(string what, Func<CancellationToken, Task> run, bool mayEnd = false) => _tasks.Add(Task.Run(async () =>
    {
        while (!_stop.IsCancellationRequested)
        {
            try
            {
                await run(_stop.Token);
                if (_stop.IsCancellationRequested || mayEnd)
                {
                    return;
                }

                log.Error($"a defect of ours: {what} has come to an end, and begins again");
                _ended[what] = new End("it was done before its time", time.GetTimestamp());
            }
            catch (Exception) when (_stop.IsCancellationRequested)
            {
                return;
            }
            catch (Exception e)
            {
                log.Error($"a defect of ours ends {what}, which begins again: {e}");
                _ended[what] = new End(e.Message, time.GetTimestamp());
            }

            await Task.Delay(DefectPause, time, _stop.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }));

    public async Task EndAsync()
    {
        await _stop.CancelAsync();
        await Task.WhenAll(_tasks).WaitAsync(EndLimit, time).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    public void Dispose() => _stop.Dispose();

    private readonly record struct End(string Why, long At);
}
