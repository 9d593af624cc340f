using System.Threading.Channels;
using Mesh.Policy.Breaking;
using Mesh.Sidecar.Upstream;

namespace Mesh.Sidecar.Telemetry.Circuits;

/// <summary>
/// Tells an operator at once what becomes of circuits, and sums up what repeats: of each endpoint one line of a kind in
/// <see cref="Quiet"/>, and then how many there would have been. Loops report, and wait for nothing; <see cref="RunAsync"/>
/// writes.
/// </summary>
internal sealed class CircuitLog(Log log, TimeProvider time)
{
    /// <summary>How long the same of the same endpoint is only counted.</summary>
    public static readonly TimeSpan Quiet = TimeSpan.FromSeconds(30);

    /// <summary>Changes that wait to be written; when thousands of endpoints fail at once, the first tell enough.</summary>
    private const int MostWaiting = 1024;

    private readonly Channel<CircuitNotice> _notices =
        Channel.CreateBounded<CircuitNotice>(new BoundedChannelOptions(MostWaiting) { SingleReader = true });

    private readonly Dictionary<(Endpoint, CircuitChangeKind), Repeats> _repeats = [];
    private long _missing;

    /// <summary>Any thread; never blocks.</summary>
    public void Report(Endpoint endpoint, EjectionShare share, CircuitChange change)
    {
        if (!_notices.Writer.TryWrite(new CircuitNotice(endpoint, share.Limit, share.MaxPercent, change)))
        {
            Interlocked.Increment(ref _missing);
        }
    }

    public async Task RunAsync(CancellationToken cancellation)
    {
        while (true)
        {
            await WaitAsync(cancellation);
            cancellation.ThrowIfCancellationRequested();
            while (_notices.Reader.TryRead(out var notice))
            {
                Report(notice);
            }

            SumUp();
            if (Interlocked.Exchange(ref _missing, 0) is > 0 and var missing)
            {
                log.Warn($"circuits: {missing} more changes than there was room for");
            }
        }
    }

    /// <summary>For the next change, or for what is to be summed up.</summary>
    private async Task WaitAsync(CancellationToken cancellation)
    {
        using var pause = new CancellationTokenSource(_repeats.Count > 0 ? Quiet : Timeout.InfiniteTimeSpan, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(pause.Token, cancellation);
        Task change = _notices.Reader.WaitToReadAsync(either.Token).AsTask();
        await change.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    private void Report(in CircuitNotice notice)
    {
        var key = (notice.Endpoint, notice.Change.Kind);
        if (_repeats.TryGetValue(key, out var repeats) && time.GetElapsedTime(repeats.Since) < Quiet)
        {
            _repeats[key] = repeats with { Count = repeats.Count + 1, Last = notice };
            return;
        }

        _repeats[key] = new Repeats(time.GetTimestamp(), 0, notice);
        Write(notice, "");
    }

    private void SumUp()
    {
        foreach (var (key, repeats) in _repeats)
        {
            if (time.GetElapsedTime(repeats.Since) < Quiet)
            {
                continue;
            }

            if (repeats.Count == 0)
            {
                _repeats.Remove(key); // while it is gone through, which removing does not disturb
                continue;
            }

            _repeats[key] = new Repeats(time.GetTimestamp(), 0, repeats.Last);
            Write(repeats.Last, $" ({repeats.Count} times since it was last said)");
        }
    }

    private void Write(in CircuitNotice notice, string howOften)
    {
        var line = notice + howOften;
        if (notice.Change.Kind is CircuitChangeKind.Closed or CircuitChangeKind.Readmitted)
        {
            log.Info(line);
        }
        else
        {
            log.Warn(line);
        }
    }

    private readonly record struct Repeats(long Since, int Count, CircuitNotice Last);
}
