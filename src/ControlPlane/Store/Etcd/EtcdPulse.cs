namespace Mesh.ControlPlane.Store.Etcd;

/// <summary>
/// Whether etcd is there: a watch hears of every write, and when there is none for a second, one is made. A watch alone does not tell,
/// since a member without a leader keeps it open and is silent. Of several processes the first that writes spares the others. What it says
/// may wait in our own thread pool, which is not etcd's silence. Any thread.
/// </summary>
internal sealed class EtcdPulse : IAsyncDisposable
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);

    private readonly Func<CancellationToken, Task> _write;
    private readonly TimeSpan _longestSilence;
    private readonly TimeProvider _time;
    private readonly Random _random;
    private readonly ILogger _log;
    private readonly CancellationTokenSource _over = new();
    private readonly Task _running;
    private readonly OwnLateness _lateness;
    private long _heard;
    private volatile string _why = "nothing is heard of it";
    private bool _wasThere = true;
    private volatile bool _hasHeard;

    /// <param name="write">Makes a write that watches are told of.</param>
    /// <param name="longestSilence">After which etcd counts as gone.</param>
    /// <param name="time">The clock.</param>
    /// <param name="random">Keeps processes from writing all at once.</param>
    /// <param name="log">Told when it is gone, and when it is back.</param>
    public EtcdPulse(Func<CancellationToken, Task> write, TimeSpan longestSilence, TimeProvider time, Random random, ILogger log)
    {
        _write = write;
        _longestSilence = longestSilence;
        _time = time;
        _random = random;
        _log = log;
        _heard = time.GetTimestamp();
        _lateness = new OwnLateness(time);
        _running = RunAsync();
    }

    /// <summary>Why nothing is written and heard at present, for people; null if it is.</summary>
    public string? Fault => Silence > _longestSilence + _lateness.Now ? $"etcd is out of reach: {_why}" : null;

    private TimeSpan Silence => _time.GetElapsedTime(Interlocked.Read(ref _heard));

    /// <summary>A watch has been told of a write.</summary>
    public void Heard()
    {
        Interlocked.Exchange(ref _heard, _time.GetTimestamp());
        _hasHeard = true;
    }

    public async ValueTask DisposeAsync()
    {
        await _over.CancelAsync();
        await _running.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    private async Task RunAsync()
    {
        await Task.Yield();
        while (!_over.IsCancellationRequested)
        {
            // Up to a half more, so that one of all is the first.
            await Task.Delay(Interval / 2 * (1 + _random.NextDouble()), _time, _over.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            await _lateness.MeasureAsync();
            if (Silence < Interval)
            {
                Tell();
                continue;
            }

            try
            {
                await _write(_over.Token);
                _why = "what is written is not told";
            }
            catch (StoreException refused)
            {
                _why = refused.Message;
            }
            catch (OperationCanceledException)
            {
                return;
            }
            catch (Exception defect)
            {
                _why = defect.Message.ReplaceLineEndings(" ");
            }

            Tell();
        }
    }

    private void Tell()
    {
        var fault = Fault;
        // What cannot be reached from the start on ends the process with a line of its own.
        if (!_hasHeard || fault is null == _wasThere)
        {
            return;
        }

        _wasThere = fault is null;
        if (fault is null)
        {
            _log.LogWarning("etcd is there again");
        }
        else
        {
            _log.LogError("FROZEN: {Fault}; what is known is served on, nothing is removed, no change is taken", fault);
        }
    }
}
