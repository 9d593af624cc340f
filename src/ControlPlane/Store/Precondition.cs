namespace Mesh.ControlPlane.Store;

/// <summary>A key was last changed at a revision; at 0 it is not there.</summary>
internal readonly record struct Precondition(string Key, long Revision);
