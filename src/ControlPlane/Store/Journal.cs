using Google.Protobuf;

namespace Mesh.ControlPlane.Store;

/// <summary>
/// The one way into the store and out of it. What is appended has been applied by every reader before its writer is answered,
/// and readers see all that is made, by whomever, in one order. Any thread.
/// </summary>
internal sealed class Journal(IStore store, StoreIdentity identity, TimeProvider time, ILogger<Journal> log) : IDisposable
{
    // What is stored is told within milliseconds, unless the way to a shared store breaks in between.
    private static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(15);

    // Between two attempts to load what cannot be followed.
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);

    private readonly Lock _lock = new();
    private readonly List<IJournalReader> _readers = [];
    private readonly PriorityQueue<TaskCompletionSource, long> _waiting = new();
    private readonly CancellationTokenSource _over = new();
    private readonly KnownKeys? _known = store.IsShared ? new KnownKeys() : null;
    private IDisposable? _watch;
    private long _loaded;

    /// <summary>Which history is served, and how far.</summary>
    public StoreIdentity Identity => identity;

    /// <summary>Why nothing can be appended at present, for people; null if it can.</summary>
    public string? Fault => store.Fault;

    /// <summary>Other processes may write to the store as well.</summary>
    public bool IsShared => store.IsShared;

    /// <summary>Called after the store's history was replaced by another one (a backup). Set once, before <see cref="StartAsync"/>.</summary>
    public Action HistoryReplaced { get; set; } = static () => { };

    /// <summary>Tells a reader from the start on. Called before <see cref="StartAsync"/>.</summary>
    public void Add(IJournalReader reader) => _readers.Add(reader);

    /// <summary>Loads everything into the readers, and goes on telling them.</summary>
    /// <exception cref="StoreException">The store cannot be read.</exception>
    public async Task StartAsync(CancellationToken cancellation)
    {
        var snapshot = await store.LoadAsync(cancellation);
        if (store.IsShared)
        {
            // News comes first: who asks for what was before gets a snapshot. To read the past of a large mesh takes etcd a minute, in
            // which nothing new is told.
            snapshot = snapshot with { Oldest = snapshot.Revision };
        }

        try
        {
            foreach (var reader in _readers)
            {
                reader.Load(snapshot);
            }
        }
        catch (InvalidProtocolBufferException unreadable)
        {
            throw new StoreException(StoreFault.Unusable, "the store holds a record that cannot be read: restore it from a backup", unreadable);
        }

        _known?.Begin(snapshot);
        _loaded = snapshot.Revision;
        identity.Begin(snapshot.StoreId, snapshot.Revision);
        // Of a store of our own from as far back as the log goes: what is in the snapshot already is what clients may resume from.
        _watch = store.Watch(snapshot.StoreId, snapshot.Oldest, OnEvent);
    }

    /// <summary>Appends a batch; completes when it, or what is in conflict with it, can be seen in every reader.</summary>
    /// <exception cref="StoreException">As <see cref="IStore.AppendAsync"/>; or it was stored, and cannot be seen yet.</exception>
    public async Task<AppendResult> AppendAsync(Batch batch)
    {
        var result = await store.AppendAsync(batch);
        if (!await ReachedAsync(result.Revision, LongestWait, CancellationToken.None))
        {
            throw new StoreException(StoreFault.Unavailable, "what the store has made cannot be seen: try again later");
        }

        return result;
    }

    /// <summary>What no reader keeps: one key as it is now; null if it is not there.</summary>
    /// <exception cref="StoreException">It cannot be read.</exception>
    public Task<StoreEntry?> ReadAsync(string key, CancellationToken cancellation) => store.ReadAsync(key, cancellation);

    /// <summary>Waits until every reader has applied a revision.</summary>
    /// <returns>False if that took too long.</returns>
    public async ValueTask<bool> ReachedAsync(long revision, TimeSpan longest, CancellationToken cancellation)
    {
        var applied = AppliedAsync(revision);
        if (applied.IsCompleted)
        {
            return true;
        }

        try
        {
            await applied.WaitAsync(longest, time, cancellation);
            return true;
        }
        catch (TimeoutException)
        {
            return false;
        }
    }

    public void Dispose()
    {
        _over.Cancel();
        _watch?.Dispose();
    }

    private Task AppliedAsync(long revision)
    {
        if (identity.Revision >= revision)
        {
            return Task.CompletedTask;
        }

        var applied = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (_lock)
        {
            if (identity.Revision >= revision)
            {
                return Task.CompletedTask;
            }

            _waiting.Enqueue(applied, revision);
        }

        return applied.Task;
    }

    private void OnEvent(StoreEvent what)
    {
        switch (what)
        {
            case StoreEvent.Made made:
                Apply(made.Revisions);
                break;
            case StoreEvent.Reached reached:
                Advance(reached.Revision);
                break;
            case var lost when _known is null:
                // A store that is ours alone does not lose its log under a reader that keeps up.
                log.LogCritical("the store's history cannot be followed any more ({Event}): restart the control plane", lost);
                break;
            case var lost:
                _ = ReloadAsync(lost);
                break;
        }
    }

    private void Apply(IReadOnlyList<StoreRevision> revisions)
    {
        if (revisions[0].Revision <= _loaded)
        {
            Tell([.. revisions.TakeWhile(revision => revision.Revision <= _loaded)], static (reader, past) => reader.Remember(past));
            revisions = [.. revisions.SkipWhile(revision => revision.Revision <= _loaded)];
            if (revisions.Count == 0)
            {
                return;
            }
        }

        _known?.Follow(revisions);
        Tell(revisions, static (reader, news) => reader.Apply(news));
        Advance(revisions[^1].Revision);
    }

    private void Advance(long revision)
    {
        lock (_lock)
        {
            if (revision > identity.Revision)
            {
                identity.Advance(revision);
            }

            while (_waiting.TryPeek(out var applied, out var awaited) && awaited <= identity.Revision)
            {
                _waiting.Dequeue();
                applied.SetResult();
            }
        }
    }

    // The watch is over: what it would have told is the difference to all that is there now.
    private async Task ReloadAsync(StoreEvent lost)
    {
        log.LogWarning("the store's history cannot be followed ({Event}): loading it anew", lost.GetType().Name);
        while (!_over.IsCancellationRequested)
        {
            try
            {
                var snapshot = await store.LoadAsync(_over.Token);
                if (snapshot.StoreId == identity.Id && snapshot.Revision < identity.Revision)
                {
                    throw new StoreException(StoreFault.Unavailable, "what was read is older than what is known");
                }

                var isReplaced = snapshot.StoreId != identity.Id;
                var news = _known!.Until(snapshot);
                if (news.Count != 0)
                {
                    Tell(news, static (reader, revisions) => reader.Apply(revisions));
                }

                _known.Begin(snapshot);
                _loaded = snapshot.Revision;
                if (isReplaced)
                {
                    identity.Begin(snapshot.StoreId, snapshot.Revision);
                }

                Advance(snapshot.Revision);
                log.LogWarning("the store was loaded anew, as of revision {Revision}: {Count} revisions to catch up with", snapshot.Revision, news.Count);
                if (isReplaced)
                {
                    HistoryReplaced();
                }

                if (!_over.IsCancellationRequested)
                {
                    _watch = store.Watch(snapshot.StoreId, snapshot.Revision, OnEvent);
                }

                return;
            }
            catch (StoreException refused)
            {
                log.LogWarning("the store cannot be loaded anew: {Fault}", refused.Message);
            }
            catch (OperationCanceledException)
            {
                return;
            }

            await Task.Delay(Pause, time, _over.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private void Tell(IReadOnlyList<StoreRevision> revisions, Action<IJournalReader, IReadOnlyList<StoreRevision>> tell)
    {
        foreach (var reader in _readers)
        {
            try
            {
                tell(reader, revisions);
            }

            // It must not, but what is stored is stored: the others, and those who wait for an answer, go on.
            catch (Exception defect)
            {
                log.LogCritical(defect, "a defect of ours: revision {Revision} could not be applied", revisions[^1].Revision);
            }
        }
    }
}
