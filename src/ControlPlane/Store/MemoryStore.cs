namespace Mesh.ControlPlane.Store;

/// <summary>Lives as long as the process, and so does its history. Nothing it does waits: whoever appends delivers.</summary>
internal sealed class MemoryStore : IStore
{
    private readonly Lock _lock = new();
    private readonly Dictionary<string, StoreEntry> _entries = new(StringComparer.Ordinal);
    private readonly List<StoreWatch> _watches = [];
    private readonly LocalSessions _sessions;
    private readonly RevisionLog _log;
    private readonly string _id = StoreHistory.NewId();
    private long _revision;

    /// <param name="time">The clock.</param>
    /// <param name="options">How much of the log it keeps.</param>
    public MemoryStore(TimeProvider time, StoreOptions? options = null)
    {
        options ??= new StoreOptions();
        _revision = StoreHistory.FirstRevision(time);
        _log = new RevisionLog(_revision, options.LogRevisions, options.LogBytes);
        _sessions = new LocalSessions(this);
    }

    public string? Fault => null;

    public bool IsShared => false;

    public Task<StoreSnapshot> LoadAsync(CancellationToken cancellation)
    {
        lock (_lock)
        {
            return Task.FromResult(new StoreSnapshot(_id, _revision, _log.Oldest, [.. _entries.Values]));
        }
    }

    public Task<StoreEntry?> ReadAsync(string key, CancellationToken cancellation)
    {
        lock (_lock)
        {
            return Task.FromResult(_entries.GetValueOrDefault(key));
        }
    }

    public Task<AppendResult> AppendAsync(Batch batch)
    {
        StoreWatch[] watches;
        long revision;
        lock (_lock)
        {
            if (_log.TryFind(batch.Id, out revision))
            {
                return Task.FromResult(AppendResult.Applied(revision));
            }

            foreach (var (key, expected) in batch.Preconditions)
            {
                var holds = _entries.GetValueOrDefault(key)?.Revision ?? 0;
                if (holds != expected)
                {
                    return Task.FromResult(AppendResult.Conflicting(_revision, key, holds));
                }
            }

            revision = ++_revision;
            foreach (var (key, value) in batch.Changes)
            {
                if (value is null)
                {
                    _entries.Remove(key);
                }
                else
                {
                    _entries[key] = new StoreEntry(key, value, revision);
                }
            }

            var made = new StoreRevision(revision, batch.Changes);
            _log.Add(made, batch.Id);
            watches = [.. _watches];
            foreach (var watch in watches)
            {
                watch.Add(new StoreEvent.Made([made]));
            }
        }

        foreach (var watch in watches)
        {
            watch.Deliver();
        }

        return Task.FromResult(AppendResult.Applied(revision));
    }

    public IDisposable Watch(string storeId, long after, Action<StoreEvent> onEvent)
    {
        var watch = new StoreWatch(onEvent, Forget);
        lock (_lock)
        {
            if (storeId != _id || after > _revision)
            {
                watch.Add(new StoreEvent.NewHistory(_id));
            }
            else if (after < _log.Oldest)
            {
                watch.Add(new StoreEvent.Compacted(_log.Oldest));
            }
            else
            {
                if (_log.After(after) is { Count: > 0 } missed)
                {
                    watch.Add(new StoreEvent.Made(missed));
                }

                _watches.Add(watch);
            }
        }

        watch.Deliver();
        return watch;
    }

    public Task CompactAsync(long before)
    {
        lock (_lock)
        {
            _log.Compact(Math.Min(before, _revision));
        }

        return Task.CompletedTask;
    }

    public Task<StoreSession> OpenSessionAsync(string name, byte[] value, TimeSpan ttl, CancellationToken cancellation) => _sessions.OpenAsync(name, value);

    public Task RetainAsync(Precondition token) => Task.CompletedTask;

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private void Forget(StoreWatch watch)
    {
        lock (_lock)
        {
            _watches.Remove(watch);
        }
    }
}
