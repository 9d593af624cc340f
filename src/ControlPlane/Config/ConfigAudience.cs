namespace Mesh.ControlPlane.Config;

/// <summary>Whom a configuration resource concerns.</summary>
internal enum ConfigAudience
{
    /// <summary>The sidecars that have subscribed to the service of the resource's name.</summary>
    Subscribers,

    /// <summary>The sidecars beside instances of the service of the resource's name, asked for or not.</summary>
    OwnSidecars,

    /// <summary>The sidecars that have an identity, or are about to get one.</summary>
    Identified,

    /// <summary>Every sidecar.</summary>
    Everyone,
}
