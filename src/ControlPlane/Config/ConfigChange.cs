using Google.Protobuf;

namespace Mesh.ControlPlane.Config;

/// <summary>What a resource is to be from now on.</summary>
/// <param name="Kind">Its kind.</param>
/// <param name="Name">Valid, as is its message.</param>
/// <param name="Value">The kind's message; null deletes it.</param>
/// <param name="IfVersion">The version that it must have, 0 if there must be none; null: whatever it is.</param>
internal readonly record struct ConfigChange(ConfigKind Kind, string Name, IMessage? Value, long? IfVersion = null);
