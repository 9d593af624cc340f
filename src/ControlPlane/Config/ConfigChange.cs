using Google.Protobuf;

namespace Mesh.ControlPlane.Config;

/// <summary>What a resource is to be from now on.</summary>
/// <param name="Kind">Its kind.</param>
/// <param name="Name">Valid, as is its message.</param>
/// <param name="Value">The kind's message; null deletes it.</param>
internal readonly record struct ConfigChange(ConfigKind Kind, string Name, IMessage? Value);
