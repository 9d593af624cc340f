namespace Mesh.ControlPlane.Store;

/// <summary>
/// Which history of the store is served, and how far. The journal sets it; any thread reads it. Together the two tell a
/// client whether what it knows is older, newer, or of another history.
/// </summary>
internal sealed class StoreIdentity
{
    private long _revision;
    private volatile string _id = "";

    /// <summary>The store's id; empty until it is loaded.</summary>
    public string Id => _id;

    /// <summary>Everything up to this revision is in the registry and the configuration.</summary>
    public long Revision => Interlocked.Read(ref _revision);

    public void Begin(string id, long revision)
    {
        _id = id;
        Interlocked.Exchange(ref _revision, revision);
    }

    public void Advance(long revision) => Interlocked.Exchange(ref _revision, revision);
}
