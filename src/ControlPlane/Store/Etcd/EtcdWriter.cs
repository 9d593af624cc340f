using Google.Protobuf;

namespace Mesh.ControlPlane.Store.Etcd;

/// <summary>
/// Makes batches as a few transactions at a time, each with what waits meanwhile: a lone change is made at once, and thousands are
/// made a hundred together. Any thread.
/// </summary>
internal sealed class EtcdWriter : IAsyncDisposable
{
    private const int LaneCount = 4;

    // What waits is in memory.
    private const long MostWaiting = 256 * 1024 * 1024;

    // Of those that wait, looked at for one transaction.
    private const int LongestLook = 1000;

    // Of ids whose revisions are remembered, for one who tries again.
    private const int MostRemembered = 10_000;

    private readonly Lock _lock = new();
    private readonly LinkedList<EtcdAppend> _waiting = new();
    private readonly SemaphoreSlim _news = new(0);
    private readonly Dictionary<Guid, Task<AppendResult>> _made = [];
    private readonly Queue<Guid> _madeInOrder = new();
    private readonly CancellationTokenSource _over = new();
    private readonly Task _running;
    private long _bytesWaiting;

    public EtcdWriter(EtcdClient client, EtcdKeys keys, EtcdHistory history, Func<TimeSpan> longest)
    {
        var name = Guid.NewGuid().ToString("N");
        _running = Task.WhenAll(Enumerable.Range(0, LaneCount).Select(number =>
            RunAsync(new EtcdLane(client, history, keys.Lane(name, number), longest))));
    }

    public Task<AppendResult> AppendAsync(Batch batch, IReadOnlyList<EtcdChange> changes, IReadOnlyList<ByteString> conditions)
    {
        var append = new EtcdAppend(batch, changes, conditions);
        lock (_lock)
        {
            if (_made.TryGetValue(batch.Id, out var known) && !known.IsFaulted)
            {
                return known;
            }

            if (_over.IsCancellationRequested)
            {
                throw new StoreException(StoreFault.Unavailable, "the control plane is going down");
            }

            if (_bytesWaiting + append.Bytes > MostWaiting)
            {
                throw new StoreException(StoreFault.Unavailable, "more waits to be written than may; try again later");
            }

            _bytesWaiting += append.Bytes;
            _waiting.AddLast(append);
            Remember(batch.Id, append.Done.Task);
        }

        _news.Release();
        return append.Done.Task;
    }

    public async ValueTask DisposeAsync()
    {
        await _over.CancelAsync();
        await _running.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        lock (_lock)
        {
            foreach (var append in _waiting)
            {
                append.Done.TrySetException(new StoreException(StoreFault.Unavailable, "the control plane is going down"));
            }

            _waiting.Clear();
        }
    }

    private void Remember(Guid id, Task<AppendResult> made)
    {
        if (!_made.ContainsKey(id))
        {
            _madeInOrder.Enqueue(id);
        }

        _made[id] = made;
        _ = ForgetUnlessMadeAsync(id, made);
        while (_madeInOrder.Count > MostRemembered)
        {
            _made.Remove(_madeInOrder.Dequeue());
        }
    }

    // Who was refused may try again, and must not be told the same then.
    private async Task ForgetUnlessMadeAsync(Guid id, Task<AppendResult> made)
    {
        await ((Task)made).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ForceYielding);
        if (made.IsCompletedSuccessfully && (await made).IsApplied)
        {
            return;
        }

        lock (_lock)
        {
            _made.Remove(id);
        }
    }

    private async Task RunAsync(EtcdLane lane)
    {
        await Task.Yield();
        while (!_over.IsCancellationRequested)
        {
            await _news.WaitAsync(_over.Token);
            while (Take() is { Count: > 0 } appends)
            {
                await lane.MakeAsync(appends, _over.Token);
            }
        }
    }

    private List<EtcdAppend> Take()
    {
        var together = new EtcdTogether();
        lock (_lock)
        {
            var looked = 0;
            for (var place = _waiting.First; place is not null && looked++ < LongestLook;)
            {
                var next = place.Next;
                if (together.TryAdd(place.Value))
                {
                    _bytesWaiting -= place.Value.Bytes;
                    _waiting.Remove(place);
                }

                place = next;
            }
        }

        return together.Appends;
    }
}
