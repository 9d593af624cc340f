namespace Mesh.ControlPlane.Store;

/// <summary>A key's new value, which nobody changes any more; null removes the key.</summary>
internal readonly record struct StoreChange(string Key, byte[]? Value);
