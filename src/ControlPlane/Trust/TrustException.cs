namespace Mesh.ControlPlane.Trust;

/// <summary>What was asked of the authority cannot be done as things stand; the message says why, and what can.</summary>
internal sealed class TrustException(string message) : Exception(message);
