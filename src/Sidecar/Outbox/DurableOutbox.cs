namespace Mesh.Sidecar.Outbox;

/// <summary>
/// Keeps on disk what cannot be handed on at present, and hands it on later, one after the other, in the order in which it was kept. What is kept at the
/// same time shares one write. Any thread; <see cref="RunAsync"/> once.
/// </summary>
internal sealed class DurableOutbox : IDisposable
{
    /// <summary>So many are handed on before it is noted how far it has got: after a crash they are handed on again, and known by their ids.</summary>
    private const int MostUnnoted = 64;

    private static readonly TimeSpan ShortestPause = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(10);

    private readonly OutboxLog _files;
    private readonly TimeProvider _time;
    private readonly Random _random;
    private readonly Log _log;
    private readonly SemaphoreSlim _disk = new(1, 1);
    private readonly SemaphoreSlim _news = new(1, 1);
    private readonly Lock _gate = new();
    private List<Waiting> _waiting = [];
    private long _bytesWaiting;

    /// <param name="files">Its own from now on.</param>
    /// <param name="time">The clock.</param>
    /// <param name="random">Spreads the tries of many sidecars.</param>
    /// <param name="log">Told of what the disk does not take.</param>
    public DurableOutbox(OutboxLog files, TimeProvider time, Random random, Log log)
    {
        (_files, _time, _random, _log) = (files, time, random, log);
        Bytes = files.Bytes;
    }

    /// <summary>Bytes that wait.</summary>
    public long Bytes { get; private set; }

    /// <summary>How many were kept since the start.</summary>
    public long Kept { get; private set; }

    /// <summary>How many of those that were kept, now or by a former process, were handed on.</summary>
    public long Delivered { get; private set; }

    /// <summary>How many were refused for good.</summary>
    public long Refused { get; private set; }

    /// <summary>Completes when it is on the disk, or is not to be.</summary>
    public async Task<OutboxAnswer> KeepAsync(ReadOnlyMemory<byte> content)
    {
        var own = new Waiting(content);
        lock (_gate)
        {
            if (content.Length > OutboxRecords.LongestContent || Bytes + _bytesWaiting + content.Length + OutboxRecords.HeadBytes > _files.Limit)
            {
                return OutboxAnswer.Full;
            }

            _bytesWaiting += content.Length + OutboxRecords.HeadBytes;
            _waiting.Add(own);
        }

        await _disk.WaitAsync();
        try
        {
            WriteWaiting();
        }
        finally
        {
            _disk.Release();
        }

        return await own.Answer.Task;
    }

    /// <summary>Hands on what waits, for as long as the process lives.</summary>
    /// <param name="deliver">Hands one on, and says what became of it; does not throw but at the end.</param>
    /// <param name="stop">Ends it.</param>
    public async Task RunAsync(Func<byte[], CancellationToken, Task<OutboxDelivered>> deliver, CancellationToken stop)
    {
        OutboxPosition? handedOn = null;
        var unnoted = 0;
        var pause = ShortestPause;
        while (true)
        {
            stop.ThrowIfCancellationRequested();
            if (await NextAsync(handedOn) is not { } next)
            {
                (handedOn, unnoted) = (await NoteAsync(handedOn), 0);
                await _news.WaitAsync(stop);
                continue;
            }

            switch (await deliver(next.Content, stop))
            {
                case OutboxDelivered.Later:
                    (handedOn, unnoted) = (await NoteAsync(handedOn), 0);
                    await Task.Delay(pause * (0.5 + _random.NextDouble()), _time, stop);
                    pause = pause * 2 < LongestPause ? pause * 2 : LongestPause;
                    continue;
                case OutboxDelivered.Never:
                    Refused++;
                    break;
                default:
                    Delivered++;
                    break;
            }

            pause = ShortestPause;
            handedOn = next.End;
            if (++unnoted >= MostUnnoted)
            {
                (handedOn, unnoted) = (await NoteAsync(handedOn), 0);
            }
        }
    }

    public void Dispose()
    {
        _files.Dispose();
        _disk.Dispose();
        _news.Dispose();
    }

    private async Task<(byte[] Content, OutboxPosition End)?> NextAsync(OutboxPosition? after)
    {
        await _disk.WaitAsync();
        try
        {
            return _files.Next(after);
        }
        finally
        {
            _disk.Release();
        }
    }

    /// <returns>What is still to be noted: what the disk did not take is tried with the next.</returns>
    private async Task<OutboxPosition?> NoteAsync(OutboxPosition? handedOn)
    {
        if (handedOn is not { } end)
        {
            return null;
        }

        await _disk.WaitAsync();
        try
        {
            _files.Forget(end);
            Bytes = _files.Bytes;
            return null;
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            _log.Warn($"the outbox: how far it is delivered cannot be noted: {fault.Message}");
            return handedOn;
        }
        finally
        {
            _disk.Release();
        }
    }

    // Whoever comes first writes for all that wait.
    private void WriteWaiting()
    {
        List<Waiting> batch;
        lock (_gate)
        {
            batch = _waiting;
            if (batch.Count == 0)
            {
                return;
            }

            _waiting = [];
        }

        var answer = OutboxAnswer.Kept;
        try
        {
            _files.Append([.. batch.Select(waiting => waiting.Content)]);
            Kept += batch.Count;
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            answer = OutboxAnswer.Failed;
            _log.Error($"the outbox cannot be written: {fault.Message}: what was to be kept is refused");
        }

        lock (_gate)
        {
            _bytesWaiting -= batch.Sum(waiting => waiting.Content.Length + OutboxRecords.HeadBytes);
            Bytes = _files.Bytes;
        }

        batch.ForEach(waiting => waiting.Answer.SetResult(answer));
        if (_news.CurrentCount == 0)
        {
            _news.Release();
        }
    }

    private sealed record Waiting(ReadOnlyMemory<byte> Content)
    {
        public TaskCompletionSource<OutboxAnswer> Answer { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
