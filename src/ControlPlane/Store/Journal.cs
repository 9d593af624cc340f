using Google.Protobuf;

namespace Mesh.ControlPlane.Store;

/// <summary>
/// The one way into the store and out of it. What is appended has been applied by every reader before its writer is answered,
/// and readers see all that is made, by whomever, in one order. Any thread.
/// </summary>
internal sealed class Journal(IStore store, StoreIdentity identity, ILogger<Journal> log) : IDisposable
{
    private readonly Lock _lock = new();
    private readonly List<IJournalReader> _readers = [];
    private readonly PriorityQueue<TaskCompletionSource, long> _waiting = new();
    private IDisposable? _watch;
    private long _loaded;

    /// <summary>Which history is served, and how far.</summary>
    public StoreIdentity Identity => identity;

    /// <summary>Why nothing can be appended at present, for people; null if it can.</summary>
    public string? Fault => store.Fault;

    /// <summary>Tells a reader from the start on. Called before <see cref="StartAsync"/>.</summary>
    public void Add(IJournalReader reader) => _readers.Add(reader);

    /// <summary>Loads everything into the readers, and goes on telling them.</summary>
    /// <exception cref="StoreException">The store cannot be read.</exception>
    public async Task StartAsync(CancellationToken cancellation)
    {
        var snapshot = await store.LoadAsync(cancellation);
        try
        {
            foreach (var reader in _readers)
                reader.Load(snapshot);
        }
        catch (InvalidProtocolBufferException unreadable)
        {
            throw new StoreException(StoreFault.Unusable, "the store holds a record that cannot be read: restore it from a backup", unreadable);
        }
        _loaded = snapshot.Revision;
        identity.Begin(snapshot.StoreId, snapshot.Revision);
        // From as far back as the log goes: what is in the snapshot already is what clients may resume from.
        _watch = store.Watch(snapshot.StoreId, snapshot.Oldest, OnEvent);
    }

    /// <summary>Appends a batch; completes when it, or what is in conflict with it, can be seen in every reader.</summary>
    /// <exception cref="StoreException">Nothing was changed.</exception>
    public async Task<AppendResult> AppendAsync(Batch batch)
    {
        var result = await store.AppendAsync(batch);
        await AppliedAsync(result.Revision);
        return result;
    }

    public void Dispose() => _watch?.Dispose();

    private Task AppliedAsync(long revision)
    {
        if (identity.Revision >= revision)
            return Task.CompletedTask;
        var applied = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (_lock)
        {
            if (identity.Revision >= revision)
                return Task.CompletedTask;
            _waiting.Enqueue(applied, revision);
        }
        return applied.Task;
    }

    private void OnEvent(StoreEvent what)
    {
        if (what is not StoreEvent.Made made)
        {
            // Neither of our stores loses its log under a reader that keeps up.
            log.LogCritical("the store's history cannot be followed any more ({Event}): restart the control plane", what);
            return;
        }
        var revisions = made.Revisions;
        if (revisions[0].Revision <= _loaded)
        {
            Tell([.. revisions.TakeWhile(revision => revision.Revision <= _loaded)], static (reader, past) => reader.Remember(past));
            revisions = [.. revisions.SkipWhile(revision => revision.Revision <= _loaded)];
            if (revisions.Count == 0)
                return;
        }
        Tell(revisions, static (reader, news) => reader.Apply(news));
        lock (_lock)
        {
            identity.Advance(revisions[^1].Revision);
            while (_waiting.TryPeek(out var applied, out var revision) && revision <= identity.Revision)
            {
                _waiting.Dequeue();
                applied.SetResult();
            }
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
