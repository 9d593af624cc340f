namespace Mesh.Sidecar.Discovery;

/// <summary>
/// The newest state of the mesh that was heard of, from whichever control plane: no other one is believed that knows less of the same store.
/// Any thread.
/// </summary>
internal sealed class NewestState
{
    private readonly Lock _gate = new();
    private string _storeId = "";
    private long _revision;
    private Uri? _from;

    /// <summary>The store and the revision, as they are told to the next.</summary>
    public (string StoreId, long Revision) Current
    {
        get
        {
            lock (_gate)
            {
                return (_storeId, _revision);
            }
        }
    }

    /// <summary>A control plane says how far it is.</summary>
    public void OnHeard(Uri from, string storeId, long revision)
    {
        lock (_gate)
        {
            // What one control plane says of itself holds: it may have been restored from a backup.
            (_storeId, _revision, _from) = (storeId, revision, from);
        }
    }

    /// <summary>Why one that begins so is not to be believed; null if it is.</summary>
    public string? WhyBehind(Uri from, string storeId, long revision)
    {
        lock (_gate)
        {
            return storeId == _storeId && revision < _revision && from != _from
                ? $"it is behind: it knows revision {revision} of the store, and we {_revision}"
                : null;
        }
    }
}
