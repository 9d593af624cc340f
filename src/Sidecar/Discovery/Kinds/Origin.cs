namespace Mesh.Sidecar.Discovery.Kinds;

/// <summary>Where a resource was learnt.</summary>
/// <param name="StoreId">Which history its version belongs to.</param>
/// <param name="Revision">How far the control plane knew that history.</param>
internal readonly record struct Origin(string StoreId, long Revision)
{
    /// <summary>
    /// Whether who speaks from here knows all that was known there, so that its silence about something means that this is
    /// gone. One with another store, or an older state of the same, may just not have been told.
    /// </summary>
    public bool Knows(Origin other) => StoreId == other.StoreId && Revision >= other.Revision;
}
