namespace Mesh.ControlPlane.Snapshots;

/// <summary>What one stream was sent of one resource, and what its sidecar made of it. Used under the stream's lock.</summary>
internal sealed class SentResource
{
    /// <summary>Below every version: nothing was sent yet.</summary>
    public const long None = -1;

    /// <summary>The version sent last.</summary>
    public long Version { get; set; } = None;

    /// <summary>The nonce it was sent with; 0 if none was.</summary>
    public long Nonce { get; set; }

    /// <summary>The last version the sidecar has applied.</summary>
    public long AppliedVersion { get; set; } = None;

    /// <summary>Why the sidecar has rejected the last version it answered for; null if it has not.</summary>
    public string? Error { get; set; }
}
