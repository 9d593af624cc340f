namespace Mesh.ControlPlane.Xds.Serving;

/// <summary>What one stream was sent of one resource, and what its client made of it. Used under the stream's lock.</summary>
internal sealed class SentXds
{
    /// <summary>What was sent last; null if nothing was.</summary>
    public XdsResource? Last { get; set; }

    /// <summary>The client has applied that.</summary>
    public bool IsApplied { get; set; }

    /// <summary>Why the client has rejected what was sent last; null if it has not.</summary>
    public string? Error { get; set; }
}
