namespace Mesh.ControlPlane.Store;

/// <summary>What a watch of the store tells.</summary>
internal abstract record StoreEvent
{
    /// <summary>Revisions made, in order.</summary>
    public sealed record Made(IReadOnlyList<StoreRevision> Revisions) : StoreEvent;

    /// <summary>Nothing else was made up to a revision.</summary>
    public sealed record Reached(long Revision) : StoreEvent;

    /// <summary>The log does not reach back that far: load, and watch from there.</summary>
    public sealed record Compacted(long Oldest) : StoreEvent;

    /// <summary>What was known is of another history: load, and watch from there.</summary>
    public sealed record NewHistory(string StoreId) : StoreEvent;
}
