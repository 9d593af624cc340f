using Mesh.V1;

namespace Mesh.ControlPlane.Stores;

/// <summary>What must survive a restart of one service's configuration.</summary>
/// <param name="Service">Whose it is.</param>
/// <param name="Version">The last version given out, which stays when the resource is deleted: none is used twice.</param>
/// <param name="Resource">The resource at that version; null once deleted. Not changed any more.</param>
internal sealed record StoredConfig(string Service, long Version, ConfigResource? Resource);
