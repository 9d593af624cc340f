namespace Mesh.ControlPlane.Rollouts;

/// <summary>A version cannot be tried out as things are; nothing was changed. The message says why and what to do instead.</summary>
internal sealed class StagingException(string message) : Exception(message);
