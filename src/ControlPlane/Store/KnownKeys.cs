namespace Mesh.ControlPlane.Store;

/// <summary>
/// Which keys readers have been told of, and as of which revision: what a snapshot that is loaded later differs by. One
/// thread at a time.
/// </summary>
internal sealed class KnownKeys
{
    private readonly Dictionary<string, long> _keys = new(StringComparer.Ordinal);

    public void Begin(StoreSnapshot snapshot)
    {
        _keys.Clear();
        foreach (var entry in snapshot.Entries)
        {
            _keys[entry.Key] = entry.Revision;
        }
    }

    public void Follow(IReadOnlyList<StoreRevision> revisions)
    {
        foreach (var revision in revisions)
        {
            foreach (var (key, value) in revision.Changes)
            {
                if (value is null)
                {
                    _keys.Remove(key);
                }
                else
                {
                    _keys[key] = revision.Revision;
                }
            }
        }
    }

    /// <summary>
    /// What leads from what is known to a snapshot: what was changed since, at the revision of its last change, and what is gone
    /// at the snapshot's own, as nothing tells when it went.
    /// </summary>
    public List<StoreRevision> Until(StoreSnapshot snapshot)
    {
        var there = snapshot.Entries.Select(entry => entry.Key).ToHashSet(StringComparer.Ordinal);
        var gone = _keys.Keys.Where(key => !there.Contains(key)).Select(key => (Revision: snapshot.Revision, Change: new StoreChange(key, null)));
        var changed = snapshot.Entries
            .Where(entry => _keys.GetValueOrDefault(entry.Key) != entry.Revision)
            .Select(entry => (entry.Revision, Change: new StoreChange(entry.Key, entry.Value)));
        return [.. changed.Concat(gone)
            .GroupBy(change => change.Revision, change => change.Change)
            .OrderBy(group => group.Key)
            .Select(group => new StoreRevision(group.Key, [.. group]))];
    }
}
