namespace Mesh.ControlPlane.Trust;

/// <summary>A record as the store has it.</summary>
/// <param name="Value">Nobody changes it.</param>
/// <param name="Revision">Of its last change.</param>
internal sealed record Stored<T>(T Value, long Revision);
