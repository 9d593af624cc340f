namespace Mesh.ControlPlane.Store;

/// <summary>
/// One who holds what the store holds in a form of its own, and changes it by nothing but what the store has made. Called
/// by one thread at a time, in order; must not wait, and must not throw for what is stored.
/// </summary>
internal interface IJournalReader
{
    /// <summary>Everything; what was known before is void.</summary>
    void Load(StoreSnapshot snapshot);

    /// <summary>What was made before the snapshot and is in it.</summary>
    void Remember(IReadOnlyList<StoreRevision> revisions);

    /// <summary>What was made since.</summary>
    void Apply(IReadOnlyList<StoreRevision> revisions);
}
