namespace Mesh.ControlPlane.Store;

/// <summary>A key that is there.</summary>
/// <param name="Key">Compared by its octets.</param>
/// <param name="Value">Nobody changes it.</param>
/// <param name="Revision">Of its last change.</param>
internal sealed record StoreEntry(string Key, byte[] Value, long Revision);
