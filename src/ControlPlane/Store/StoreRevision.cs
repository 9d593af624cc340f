namespace Mesh.ControlPlane.Store;

/// <summary>All that was changed at one revision.</summary>
internal sealed record StoreRevision(long Revision, IReadOnlyList<StoreChange> Changes);
