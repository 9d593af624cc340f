namespace Mesh.ControlPlane.Store;

/// <summary>Everything at one revision.</summary>
/// <param name="StoreId">Tells histories apart: drawn when the history begins, and the same as long as it goes on.</param>
/// <param name="Revision">The last one made.</param>
/// <param name="Oldest">The log has every revision after this one.</param>
/// <param name="Entries">Every key that is there, in no order.</param>
internal sealed record StoreSnapshot(string StoreId, long Revision, long Oldest, IReadOnlyList<StoreEntry> Entries);
