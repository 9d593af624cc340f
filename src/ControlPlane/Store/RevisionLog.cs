namespace Mesh.ControlPlane.Store;

/// <summary>The last revisions, bounded by their number and by the bytes they hold. One thread at a time.</summary>
/// <param name="oldest">Every later one is going to be added.</param>
/// <param name="maxRevisions">How many are kept.</param>
/// <param name="maxBytes">Of keys and values, all told; the last one is kept however large.</param>
internal sealed class RevisionLog(long oldest, int maxRevisions, long maxBytes)
{
    private readonly Queue<(StoreRevision Revision, Guid Batch, long Bytes)> _revisions = new();
    private readonly Dictionary<Guid, long> _batches = [];
    private long _bytes;

    /// <summary>It has every revision after this one.</summary>
    public long Oldest { get; private set; } = oldest;

    public static long BytesOf(StoreRevision revision) => BytesOf(revision.Changes);

    public static long BytesOf(IReadOnlyList<StoreChange> changes) => changes.Sum(change => change.Key.Length + (change.Value?.LongLength ?? 0));

    public void Add(StoreRevision revision, Guid batch)
    {
        var bytes = BytesOf(revision);
        _revisions.Enqueue((revision, batch, bytes));
        _batches.Add(batch, revision.Revision);
        _bytes += bytes;
        while (_revisions.Count > maxRevisions || (_bytes > maxBytes && _revisions.Count > 1))
        {
            Forget();
        }
    }

    /// <summary>At which revision a batch was made, if the log has it.</summary>
    public bool TryFind(Guid batch, out long revision) => _batches.TryGetValue(batch, out revision);

    /// <summary>Forgets all up to a revision, that one included.</summary>
    public void Compact(long before)
    {
        while (_revisions.TryPeek(out var first) && first.Revision.Revision <= before)
        {
            Forget();
        }

        Oldest = Math.Max(Oldest, before);
    }

    public IReadOnlyList<StoreRevision> After(long revision) =>
        [.. _revisions.Select(entry => entry.Revision).SkipWhile(entry => entry.Revision <= revision)];

    private void Forget()
    {
        var (revision, batch, bytes) = _revisions.Dequeue();
        _batches.Remove(batch);
        _bytes -= bytes;
        Oldest = revision.Revision;
    }
}
