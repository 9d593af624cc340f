namespace Mesh.Sidecar.Discovery;

/// <summary>How the connection to the control plane stands, for people. Immutable.</summary>
/// <param name="IsConnected">The discovery stream is open, and the control plane has spoken on it.</param>
/// <param name="Since">When that became so.</param>
/// <param name="Url">The control plane of the stream, or the one tried last.</param>
/// <param name="LastHeard">When the last response came; null before the first.</param>
/// <param name="LastError">Why the last stream ended or did not come about; null if none did.</param>
internal sealed record ControlPlaneState(bool IsConnected, DateTimeOffset Since, Uri Url, DateTimeOffset? LastHeard, string? LastError);
