namespace Mesh.ControlPlane.Config;

/// <summary>Who wants a change, and why, as they say themselves; kept with the version it makes.</summary>
internal readonly record struct ConfigOrigin(string Author, string Reason);
